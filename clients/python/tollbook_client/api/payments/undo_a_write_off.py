from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.write_off_in import WriteOffIn
from ...models.write_off_out import WriteOffOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    invoice_id: str,
    *,
    body: WriteOffIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/invoices/{invoice_id}/write-off/undo".format(
            invoice_id=quote(str(invoice_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | WriteOffOut | None:
    if response.status_code == 200:
        response_200 = WriteOffOut.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 405:
        response_405 = Error.from_dict(response.json())

        return response_405

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Error.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Error.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if response.status_code == 502:
        response_502 = Error.from_dict(response.json())

        return response_502

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Error | WriteOffOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    invoice_id: str,
    *,
    client: AuthenticatedClient,
    body: WriteOffIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Response[Error | WriteOffOut]:
    """Expect again what was written off: the invoice is open as before. Refused with `not_written_off`

     Expect again what was written off: the invoice is open as before. Refused with `not_written_off`.

    Needs the scope `payments:write`. Staff only: billing, finance.

    Args:
        invoice_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):
        body (WriteOffIn): Why nothing more is expected, or is expected again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | WriteOffOut]
    """

    kwargs = _get_kwargs(
        invoice_id=invoice_id,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    invoice_id: str,
    *,
    client: AuthenticatedClient,
    body: WriteOffIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Error | WriteOffOut | None:
    """Expect again what was written off: the invoice is open as before. Refused with `not_written_off`

     Expect again what was written off: the invoice is open as before. Refused with `not_written_off`.

    Needs the scope `payments:write`. Staff only: billing, finance.

    Args:
        invoice_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):
        body (WriteOffIn): Why nothing more is expected, or is expected again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | WriteOffOut
    """

    return sync_detailed(
        invoice_id=invoice_id,
        client=client,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    invoice_id: str,
    *,
    client: AuthenticatedClient,
    body: WriteOffIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Response[Error | WriteOffOut]:
    """Expect again what was written off: the invoice is open as before. Refused with `not_written_off`

     Expect again what was written off: the invoice is open as before. Refused with `not_written_off`.

    Needs the scope `payments:write`. Staff only: billing, finance.

    Args:
        invoice_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):
        body (WriteOffIn): Why nothing more is expected, or is expected again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | WriteOffOut]
    """

    kwargs = _get_kwargs(
        invoice_id=invoice_id,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    invoice_id: str,
    *,
    client: AuthenticatedClient,
    body: WriteOffIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Error | WriteOffOut | None:
    """Expect again what was written off: the invoice is open as before. Refused with `not_written_off`

     Expect again what was written off: the invoice is open as before. Refused with `not_written_off`.

    Needs the scope `payments:write`. Staff only: billing, finance.

    Args:
        invoice_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):
        body (WriteOffIn): Why nothing more is expected, or is expected again.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | WriteOffOut
    """

    return (
        await asyncio_detailed(
            invoice_id=invoice_id,
            client=client,
            body=body,
            x_request_id=x_request_id,
            idempotency_key=idempotency_key,
        )
    ).parsed
