"""Quasar's parts that NiceGUI wraps in templates, without them.

Templates are compiled in the browser, which a policy without 'unsafe-eval' forbids. For the same
reason nothing here or in the page runs JavaScript of its own, and props are set by name, never
parsed out of a text: a prop that begins with a colon is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.elements.mixins.value_element import ValueElement

# NiceGUI's name for elements of HTML and of Quasar alike.
Element = ui.element


def element(tag: str, text: str = "", classes: str = "", **props: Any) -> Element:
    """An element of HTML with a text; `aria_label` is written aria-label, `for_` for."""
    made: Element = TextElement(tag=tag, text=text) if text else Element(tag)
    if classes:
        made.classes(classes)
    for name, value in props.items():
        made.props[name.rstrip("_").replace("_", "-")] = value
    return made


class Landmark(TextElement):
    """What a browser scrolls to whenever it is sent anew."""

    def __init__(self, tag: str, text: str) -> None:
        super().__init__(tag=tag, text=text)
        self._update_method = "scrollIntoView"


def button(label: str, on_click: Callable[[], Any], **props: Any) -> ui.button:
    """A button whose label stands as it is written."""
    made = ui.button(label, on_click=on_click)
    made.props["no-caps"] = True
    for name, value in props.items():
        made.props[name.rstrip("_").replace("_", "-")] = value
    return made


class TextField(ValueElement[Any]):
    """A field for a line, or for several, with its label."""

    LOOPBACK = False

    def __init__(self, label: str, value: str = "", **props: Any) -> None:
        super().__init__(tag="q-input", value=value)
        self.props["label"] = label
        self.props["outlined"] = True
        for name, given in props.items():
            self.props[name.replace("_", "-")] = given


class Choice(ValueElement[Any]):
    """One of several values, each shown by its label, which is never read as HTML."""

    LOOPBACK = False

    def __init__(self, label: str, options: Mapping[str, str], value: str, **props: Any) -> None:
        super().__init__(tag="q-select", value=value)
        self.props["label"] = label
        for name in ("outlined", "dense", "emit-value", "map-options", "options-dense"):
            self.props[name] = True
        for name, given in props.items():
            self.props[name.replace("_", "-")] = given
        self.offer(options)

    def offer(self, options: Mapping[str, str]) -> None:
        """Show other options; the value stays."""
        self.props["options"] = [{"value": key, "label": text} for key, text in options.items()]


class Dialog(ValueElement[bool]):
    """A dialog; it closes by Escape, and focus returns to what opened it."""

    LOOPBACK = True

    def __init__(self, label: str) -> None:
        super().__init__(tag="q-dialog", value=False)
        self.props["aria-label"] = label


class Uploader(Element):
    """Sends files that are chosen or dropped, each by a request of its own, at once.

    Args:
        url: Where to.
        label: Its heading.
        headers: Of each request.
        extensions: Of the files that may be chosen.
        most_bytes: Of one file.
    """

    def __init__(
        self,
        url: str,
        label: str,
        headers: Mapping[str, str],
        extensions: Sequence[str],
        most_bytes: int,
    ) -> None:
        super().__init__("q-uploader")
        # Whenever it is sent anew, it forgets what it has sent.
        self._update_method = "removeUploadedFiles"
        self.props["url"] = url
        self.props["label"] = label
        self.props["headers"] = [{"name": name, "value": text} for name, text in headers.items()]
        self.props["accept"] = ",".join(extensions)
        self.props["max-file-size"] = most_bytes
        for name in ("auto-upload", "multiple", "flat", "bordered"):
            self.props[name] = True
