"""Estimators as steps of pipelines that `skl2onnx` converts.

Importing this module registers the converters::

    import skiplayer.onnx
    from skl2onnx import to_onnx

    to_onnx(make_pipeline(StandardScaler(), SkipLayerRegressor()).fit(X, y), X)

What an estimator adds to the graph is in double precision; the steps before it are as `skl2onnx` converts them. A model alone is
better written by its method ``export``, which takes categories, dates and missing cells as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx._supported_operators import get_model_alias
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

from skiplayer._classifier import SkipLayerClassifier
from skiplayer._columns import input_names
from skiplayer._regressor import SkipLayerRegressor

__all__: list[str] = []


def _has_integers(estimator: Any) -> bool:
    return np.asarray(estimator.classes_).dtype.kind in "iu"


def _outputs_of_classifier(scope: Any, estimator: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """The variables that a classifier gives: labels, and one array of probabilities, not a dictionary a row."""
    operator = scope.declare_local_operator(get_model_alias(type(estimator)), estimator)
    operator.inputs = inputs
    label = Int64TensorType() if _has_integers(estimator) else StringTensorType()
    operator.outputs.append(scope.declare_local_variable("label", label))
    operator.outputs.append(scope.declare_local_variable("probabilities", DoubleTensorType()))
    return list(operator.outputs)


def _shapes(operator: Any) -> None:
    estimator, rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    if isinstance(estimator, SkipLayerClassifier):
        label = Int64TensorType if _has_integers(estimator) else StringTensorType
        operator.outputs[0].type = label([rows])
        operator.outputs[1].type = DoubleTensorType([rows, len(estimator.classes_)])
    else:
        operator.outputs[0].type = DoubleTensorType([rows, len(estimator.record_["targets"])])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """The nodes that ``export`` writes, behind nodes that take the columns of the input apart."""
    estimator = operator.raw_operator
    graph = onnx.load_from_string(estimator.model_.export("onnx", "duckdb", "input", [])).graph
    names = input_names(estimator, estimator.n_features_in_)
    outputs = [output.name for output in graph.output]
    ours: dict[str, str] = {name: given.full_name for name, given in zip(outputs, operator.outputs)}
    if isinstance(estimator, SkipLayerClassifier) and _has_integers(estimator):
        ours[outputs[0]] = scope.get_unique_variable_name("text")
        cast = {"name": scope.get_unique_operator_name("Cast"), "op_version": 13, "to": onnx.TensorProto.INT64}
        container.add_node("Cast", ours[outputs[0]], operator.outputs[0].full_name, **cast)

    def name_of(value: str) -> str:
        return ours.setdefault(value, scope.get_unique_variable_name(value))

    def add(operation: str, inputs: list[str], output: str, **attributes: Any) -> None:
        name = scope.get_unique_operator_name(operation)
        container.add_node(operation, inputs, output, op_version=13, name=name, **attributes)

    doubles = scope.get_unique_variable_name("doubles")
    add("Cast", [operator.inputs[0].full_name], doubles, to=onnx.TensorProto.DOUBLE)
    for column in graph.input:
        if column.type.tensor_type.elem_type != onnx.TensorProto.DOUBLE:
            raise ValueError(
                f"Column {column.name!r} is a category: found text, expected numbers. The arrays between the steps of a pipeline hold "
                "numbers only; encode the category in a step before, or write the model alone with its method `export`."
            )
        place = scope.get_unique_variable_name("place")
        container.add_initializer(place, onnx.TensorProto.INT64, [1], [names.index(column.name)])
        add("Gather", [doubles, place], name_of(column.name), axis=1)
    for constant in graph.initializer:
        values = onnx.numpy_helper.to_array(constant)
        cells = [cell.encode() if isinstance(cell, str) else cell for cell in values.ravel().tolist()]
        container.add_initializer(name_of(constant.name), constant.data_type, list(constant.dims), cells)
    for node in graph.node:
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        container.add_node(
            node.op_type,
            [name_of(value) for value in node.input],
            [name_of(value) for value in node.output],
            op_version=13,
            name=scope.get_unique_operator_name(node.op_type),
            **attributes,
        )


for _estimator, _parser in ((SkipLayerRegressor, None), (SkipLayerClassifier, _outputs_of_classifier)):
    update_registered_converter(
        _estimator, f"SkipLayer{_estimator.__name__}", _shapes, _convert, parser=_parser, options={}
    )
