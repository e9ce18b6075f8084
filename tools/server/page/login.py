"""The token of a browser: asked for once, kept in a cookie that no script reads."""

from __future__ import annotations

import hashlib
import hmac
from html import escape
from http.cookies import CookieError, SimpleCookie

from pydantic import SecretStr
from starlette.datastructures import Headers

from tools.server.page.words import Words

COOKIE = "yomitoki"
LANGUAGE_COOKIE = "yomitoki_language"
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>yomitoki · {log_in}</title>
<style>
body {{ font: 16px/1.6 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif; margin: 0;
  min-height: 100vh; display: grid; place-items: center; background: #f3f5f4; color: #1c2321; }}
form {{ background: #fff; border: 1px solid #d5dcd9; border-radius: 8px; padding: 1.5rem;
  width: min(22rem, 80vw); }}
h1 {{ font-size: 1.2rem; margin: 0 0 1rem; }}
label {{ display: block; font-weight: 600; }}
input {{ font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin: .25rem 0;
  border: 1px solid #6d7a76; border-radius: 4px; }}
button {{ font: inherit; font-weight: 600; margin-top: 1rem; padding: .5rem 1.2rem; border: 0;
  border-radius: 4px; background: #1f5f50; color: #fff; cursor: pointer; }}
:focus-visible {{ outline: 3px solid #d97706; outline-offset: 2px; }}
p {{ margin: .25rem 0; font-size: .9rem; color: #4a5652; }}
.wrong {{ color: #a32015; font-weight: 600; }}
</style>
</head>
<body>
<form method="post" action="/ui/login">
<h1>yomitoki 読み解き</h1>
{wrong}<label for="token">{token}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p>{token_is}</p>
<button type="submit">{log_in}</button>
</form>
</body>
</html>
"""


def login_page(words: Words, *, wrong: bool = False) -> str:
    """The HTML that asks for the token."""
    return _PAGE.format(
        language=words.language,
        log_in=escape(words.log_in),
        token=escape(words.token),
        token_is=escape(words.token_is),
        wrong=f'<p class="wrong" role="alert">{escape(words.wrong_token)}</p>\n' if wrong else "",
    )


def page_key(token: SecretStr) -> str:
    """What the cookie holds: it opens the page as long as the token is the same.

    Cookies are sent to every port of a host, so the token itself does not stand in it, and it does
    not open the API.
    """
    return hmac.new(token.get_secret_value().encode(), b"yomitoki page", hashlib.sha256).hexdigest()


def is_token(given: str, token: SecretStr) -> bool:
    """Whether it is the server's."""
    return hmac.compare_digest(given.encode(), token.get_secret_value().encode())


def opens(headers: Headers, token: SecretStr | None) -> bool:
    """Whether a request may see the page."""
    if token is None:
        return True
    return hmac.compare_digest(cookie(headers, COOKIE).encode(), page_key(token).encode())


def cookie(headers: Headers, name: str) -> str:
    """A cookie's value; "" if it is not there."""
    try:
        found = SimpleCookie(headers.get("cookie") or "").get(name)
    except CookieError:
        return ""
    return found.value if found else ""
