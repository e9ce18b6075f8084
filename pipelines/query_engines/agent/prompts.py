"""What an agent's decisions are asked with."""

from __future__ import annotations

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.prompts import Prompt, inert

# Tools and examples stand first: between two questions only what follows them is read anew.
CHOOSE_TOOL = Prompt(
    version="choose-tool-ja-2",
    system=(
        "質問を読み、答えるために使うべき手段を一つ選び、その記号だけを答えてください。"
        "質問には答えません。\n\n[手段]\n"
    ),
    user="{before}[質問]\n{question}\n\n使うべき手段の記号:",
)
# The person's own words alone: an answer may hold what a document or a page told the model to do.
ASKED_BEFORE = "[前の質問]\n{before}\n\n"

EXPRESSION = Prompt(
    version="expression-ja-1",
    system=(
        "質問に答えるための計算式を一つだけ書きます。数字と + - * / // % ** と括弧だけを使い、"
        "単位や説明は書きません。計算はしません。"
    ),
    user="{conversation}{question}",
)
EXPRESSION_EXAMPLES = (
    ("一つ3.5kgの荷物が14個あります。全部で何kgですか？", "3.5 * 14"),
    ("2億4千万円を8人で等しく分けると、一人いくらですか？", "240000000 / 8"),
    ("900円の品を2割引きで3つ買うといくらですか？", "900 * (1 - 0.2) * 3"),
    ("時速50キロで1時間半走ると何キロ進みますか？", "50 * 1.5"),
    ("What is 15% of 260?", "260 * 15 / 100"),
    ("500を7で割った余りは？", "500 % 7"),
    ("3の5乗を2で割ると？", "3 ** 5 / 2"),
)

NOT_CALCULATED = "計算できませんでした（{why}）。"
NO_NUMBER = "には質問の数がありません"
OUT_OF_TIME = "制限時間（{seconds:g} 秒）のうちに答えを見つけられませんでした。"
FROM_THE_MODEL = "answered from what the model knows, without a source"
TIME_IS_UP = "the agent's time limit of {seconds:g} seconds ended its work"


def expression_messages(question: str, conversation: str) -> list[ChatMessage]:
    """The prompt whose answer is an expression."""
    messages = [ChatMessage(role=MessageRole.SYSTEM, content=EXPRESSION.system)]
    for asked, written in EXPRESSION_EXAMPLES:
        messages.append(ChatMessage(content=asked))
        messages.append(ChatMessage(role=MessageRole.ASSISTANT, content=written))
    user = EXPRESSION.user.format(conversation=conversation, question=inert(question))
    return [*messages, ChatMessage(content=user)]
