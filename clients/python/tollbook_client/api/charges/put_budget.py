from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.budget_in import BudgetIn
from ...models.budget_out import BudgetOut
from ...models.error import Error
from ...types import UNSET, Response, Unset


def _get_kwargs(
    customer_id: str,
    *,
    body: BudgetIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/customers/{customer_id}/budget".format(
            customer_id=quote(str(customer_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> BudgetOut | Error | None:
    if response.status_code == 200:
        response_200 = BudgetOut.from_dict(response.json())

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

    if response.status_code == 412:
        response_412 = Error.from_dict(response.json())

        return response_412

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[BudgetOut | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    customer_id: str,
    *,
    client: AuthenticatedClient,
    body: BudgetIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Response[BudgetOut | Error]:
    """Set the budget of a month, or take it away; the customer is told when 50, 80 and 100 % of it are
    spent

     Nothing is stopped. Refused with `amount_not_positive`, `too_many_places`, `too_many_alerts`.

    Needs the scope `customers:write`.

    Args:
        customer_id (str):
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        if_match (str | Unset):
        body (BudgetIn): What a customer means to spend in a month, in its currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BudgetOut | Error]
    """

    kwargs = _get_kwargs(
        customer_id=customer_id,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
        if_match=if_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    customer_id: str,
    *,
    client: AuthenticatedClient,
    body: BudgetIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> BudgetOut | Error | None:
    """Set the budget of a month, or take it away; the customer is told when 50, 80 and 100 % of it are
    spent

     Nothing is stopped. Refused with `amount_not_positive`, `too_many_places`, `too_many_alerts`.

    Needs the scope `customers:write`.

    Args:
        customer_id (str):
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        if_match (str | Unset):
        body (BudgetIn): What a customer means to spend in a month, in its currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BudgetOut | Error
    """

    return sync_detailed(
        customer_id=customer_id,
        client=client,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
        if_match=if_match,
    ).parsed


async def asyncio_detailed(
    customer_id: str,
    *,
    client: AuthenticatedClient,
    body: BudgetIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> Response[BudgetOut | Error]:
    """Set the budget of a month, or take it away; the customer is told when 50, 80 and 100 % of it are
    spent

     Nothing is stopped. Refused with `amount_not_positive`, `too_many_places`, `too_many_alerts`.

    Needs the scope `customers:write`.

    Args:
        customer_id (str):
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        if_match (str | Unset):
        body (BudgetIn): What a customer means to spend in a month, in its currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BudgetOut | Error]
    """

    kwargs = _get_kwargs(
        customer_id=customer_id,
        body=body,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
        if_match=if_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    customer_id: str,
    *,
    client: AuthenticatedClient,
    body: BudgetIn,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    if_match: str | Unset = UNSET,
) -> BudgetOut | Error | None:
    """Set the budget of a month, or take it away; the customer is told when 50, 80 and 100 % of it are
    spent

     Nothing is stopped. Refused with `amount_not_positive`, `too_many_places`, `too_many_alerts`.

    Needs the scope `customers:write`.

    Args:
        customer_id (str):
        x_request_id (str | Unset):
        idempotency_key (str | Unset):
        if_match (str | Unset):
        body (BudgetIn): What a customer means to spend in a month, in its currency.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BudgetOut | Error
    """

    return (
        await asyncio_detailed(
            customer_id=customer_id,
            client=client,
            body=body,
            x_request_id=x_request_id,
            idempotency_key=idempotency_key,
            if_match=if_match,
        )
    ).parsed
