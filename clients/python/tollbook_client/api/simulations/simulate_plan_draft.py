from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.simulation_out import SimulationOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    plan_id: str,
    *,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/plans/{plan_id}/draft/simulate".format(
            plan_id=quote(str(plan_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | SimulationOut | None:
    if response.status_code == 201:
        response_201 = SimulationOut.from_dict(response.json())

        return response_201

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | SimulationOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    plan_id: str,
    *,
    client: AuthenticatedClient,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Response[Error | SimulationOut]:
    """Replay the last full month under the prices of the plan's draft, as they stand now

     Refused with `draft_empty`.

    Needs the scope `simulations:write`. Staff only: billing, catalogue, finance.

    Args:
        plan_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | SimulationOut]
    """

    kwargs = _get_kwargs(
        plan_id=plan_id,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    plan_id: str,
    *,
    client: AuthenticatedClient,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Error | SimulationOut | None:
    """Replay the last full month under the prices of the plan's draft, as they stand now

     Refused with `draft_empty`.

    Needs the scope `simulations:write`. Staff only: billing, catalogue, finance.

    Args:
        plan_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | SimulationOut
    """

    return sync_detailed(
        plan_id=plan_id,
        client=client,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    plan_id: str,
    *,
    client: AuthenticatedClient,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Response[Error | SimulationOut]:
    """Replay the last full month under the prices of the plan's draft, as they stand now

     Refused with `draft_empty`.

    Needs the scope `simulations:write`. Staff only: billing, catalogue, finance.

    Args:
        plan_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | SimulationOut]
    """

    kwargs = _get_kwargs(
        plan_id=plan_id,
        x_request_id=x_request_id,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    plan_id: str,
    *,
    client: AuthenticatedClient,
    x_request_id: str | Unset = UNSET,
    idempotency_key: str,
) -> Error | SimulationOut | None:
    """Replay the last full month under the prices of the plan's draft, as they stand now

     Refused with `draft_empty`.

    Needs the scope `simulations:write`. Staff only: billing, catalogue, finance.

    Args:
        plan_id (str):
        x_request_id (str | Unset):
        idempotency_key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | SimulationOut
    """

    return (
        await asyncio_detailed(
            plan_id=plan_id,
            client=client,
            x_request_id=x_request_id,
            idempotency_key=idempotency_key,
        )
    ).parsed
