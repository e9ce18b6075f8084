"""The errors a user may read, each with the exit code the command line gives it."""

from __future__ import annotations


class YomitokiError(Exception):
    """Work failed for a reason the user can act on.

    The message is one line: *where: what is wrong: what is allowed or what to run.*
    """

    exit_code = 1


class ConfigError(YomitokiError):
    """A config file, an override or a command-line argument is wrong."""

    exit_code = 2


class QuestionError(YomitokiError):
    """What was asked can't be answered as it is: it is empty or too long, or looks nowhere."""


class BuiltOtherwiseError(YomitokiError):
    """A collection was built with something else than the config asks for."""


class BusyError(YomitokiError):
    """Another process, or another writer of this one, writes to the collection."""


class StoppedError(YomitokiError):
    """The user broke the work off before it had a result."""

    exit_code = 130
