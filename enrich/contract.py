"""What a step is: a pure function over declared frames, whose signature is the contract."""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import dataframely as dy
import polars as pl

P = ParamSpec("P")
R = TypeVar("R")


def _schema_of(annotation: Any) -> type[dy.Schema] | None:
    """The declared frame inside `dy.DataFrame[X]`, or None for every other annotation."""
    if typing.get_origin(annotation) is dy.DataFrame:
        (schema,) = typing.get_args(annotation)
        return cast(type[dy.Schema], schema)
    return None


def _check(schema: type[dy.Schema], frame: Any, where: str) -> Any:
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"{where}: a polars DataFrame of {schema.__name__} is expected, got {type(frame).__name__}")
    try:
        return schema.validate(frame)
    except (dy.exc.ValidationError, dy.exc.SchemaError) as error:
        raise ValueError(f"{where}: not a frame of {schema.__name__}: {error}") from error


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Check the frames that enter and leave `function` against its annotations.

    Arguments and results annotated `dy.DataFrame[Schema]` (tuples of them for the result too) are validated; a
    million rows cost about 0.4 s, so this is always on.

    Raises:
        ValueError: a frame does not fit; the message names step, argument, frame and rule.
        TypeError: an argument is no frame at all.
    """
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function)
    entering = {name: frame for name in signature.parameters if (frame := _schema_of(hints.get(name)))}
    result = hints.get("return")
    leaving = [_schema_of(part) for part in typing.get_args(result)] if typing.get_origin(result) is tuple else None

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        for name, schema in entering.items():
            if name in bound.arguments:
                where = f"{function.__name__}({name})"
                bound.arguments[name] = _check(schema, bound.arguments[name], where)
        value: Any = function(*bound.args, **bound.kwargs)
        if leaving is not None:
            parts = [
                _check(s, v, f"{function.__name__} -> [{i}]") if s else v
                for i, (s, v) in enumerate(zip(leaving, value, strict=True))
            ]
            return cast(R, tuple(parts))
        if declared := _schema_of(result):
            value = _check(declared, value, f"{function.__name__} ->")
        return cast(R, value)

    return checked
