from http import HTTPStatus
from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.page_plan_out import PagePlanOut
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    product: str | Unset = "",
    cursor: str | Unset = "",
    limit: int | Unset = 50,
    x_request_id: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-Id"] = x_request_id

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    params: dict[str, Any] = {}

    params["product"] = product

    params["cursor"] = cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/plans",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | Error | PagePlanOut | None:
    if response.status_code == 200:
        response_200 = PagePlanOut.from_dict(response.json())

        return response_200

    if response.status_code == 304:
        response_304 = cast(Any, None)
        return response_304

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
) -> Response[Any | Error | PagePlanOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    product: str | Unset = "",
    cursor: str | Unset = "",
    limit: int | Unset = 50,
    x_request_id: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Any | Error | PagePlanOut]:
    """Plans with the version that is sold now; a customer's key sees those of its brand that are neither
    hidden nor

     archived.

    Needs the scope `catalogue:read`.

    Args:
        product (str | Unset):  Default: ''.
        cursor (str | Unset):  Default: ''.
        limit (int | Unset):  Default: 50.
        x_request_id (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error | PagePlanOut]
    """

    kwargs = _get_kwargs(
        product=product,
        cursor=cursor,
        limit=limit,
        x_request_id=x_request_id,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    product: str | Unset = "",
    cursor: str | Unset = "",
    limit: int | Unset = 50,
    x_request_id: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Any | Error | PagePlanOut | None:
    """Plans with the version that is sold now; a customer's key sees those of its brand that are neither
    hidden nor

     archived.

    Needs the scope `catalogue:read`.

    Args:
        product (str | Unset):  Default: ''.
        cursor (str | Unset):  Default: ''.
        limit (int | Unset):  Default: 50.
        x_request_id (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error | PagePlanOut
    """

    return sync_detailed(
        client=client,
        product=product,
        cursor=cursor,
        limit=limit,
        x_request_id=x_request_id,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    product: str | Unset = "",
    cursor: str | Unset = "",
    limit: int | Unset = 50,
    x_request_id: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Any | Error | PagePlanOut]:
    """Plans with the version that is sold now; a customer's key sees those of its brand that are neither
    hidden nor

     archived.

    Needs the scope `catalogue:read`.

    Args:
        product (str | Unset):  Default: ''.
        cursor (str | Unset):  Default: ''.
        limit (int | Unset):  Default: 50.
        x_request_id (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error | PagePlanOut]
    """

    kwargs = _get_kwargs(
        product=product,
        cursor=cursor,
        limit=limit,
        x_request_id=x_request_id,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    product: str | Unset = "",
    cursor: str | Unset = "",
    limit: int | Unset = 50,
    x_request_id: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Any | Error | PagePlanOut | None:
    """Plans with the version that is sold now; a customer's key sees those of its brand that are neither
    hidden nor

     archived.

    Needs the scope `catalogue:read`.

    Args:
        product (str | Unset):  Default: ''.
        cursor (str | Unset):  Default: ''.
        limit (int | Unset):  Default: 50.
        x_request_id (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error | PagePlanOut
    """

    return (
        await asyncio_detailed(
            client=client,
            product=product,
            cursor=cursor,
            limit=limit,
            x_request_id=x_request_id,
            if_none_match=if_none_match,
        )
    ).parsed
