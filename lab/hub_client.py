"""The hub's own client: imported when it is needed, quiet, and its failures as sentences.

Knows: with which address and token the hub is asked, and how each failure is said. Must not know what is fetched or
pushed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.errors import DataError
from lab.settings import HubAccess


def client(access: HubAccess) -> Any:
    """The hub's own client, with the address and the token of the environment and no other."""
    return library().HfApi(endpoint=access.endpoint, token=access.token or False)


def library() -> Any:
    """``huggingface_hub``, quiet. It takes 0.5 s to import, so it comes when it is needed."""
    utils = importlib.import_module("huggingface_hub.utils")
    utils.disable_progress_bars()
    utils.logging.set_verbosity_error()
    return importlib.import_module("huggingface_hub")


@dataclass(frozen=True)
class Failures:
    """The words keys of what can go wrong with a repository."""

    not_found: str
    unreachable: str
    refused: str
    not_whole: str


_OF_OTHERS = Failures("hub.not_found", "hub.unreachable", "hub.refused", "hub.not_kept")
"""Of one that is read: it may have been fetched before, and there are other ways to have its files."""
_OF_ONES_OWN = Failures("hub.own_not_found", "hub.own_unreachable", "hub.own_refused", "hub.own_not_whole")
"""Of one that is written."""
_UNPAID = 402


@contextmanager
def spoken(source: object, *, own: bool = False) -> Iterator[None]:
    """Turns what the client raises about ``source``, a repository of ``own`` or of others, into a sentence."""
    failures = _OF_ONES_OWN if own else _OF_OTHERS
    library()
    errors = importlib.import_module("huggingface_hub.errors")
    transport = importlib.import_module("httpx2").TransportError
    name = str(source)
    try:
        yield
    except errors.GatedRepoError:
        raise DataError("hub.gated", source=name) from None
    except errors.RepositoryNotFoundError:
        raise DataError(failures.not_found, source=name) from None
    except errors.HFValidationError:
        raise DataError("hub.bad_name", value=name) from None
    except (transport, errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError):
        raise DataError(failures.unreachable, source=name) from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        key = {401: "hub.forbidden", 403: "hub.forbidden", _UNPAID: "hub.unpaid"}.get(status, failures.refused)
        said = (error.server_message or str(error)).strip().partition("\n")[0]
        raise DataError(key, source=name, status=status, said=said) from None
    except RuntimeError as error:  # an upload that broke off, whatever broke it
        raise DataError("space.not_sent", reason=type(error.__cause__ or error).__name__) from None
    except OSError as error:
        raise DataError(failures.not_whole, source=name, reason=error.strerror or type(error).__name__) from None
