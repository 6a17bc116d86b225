"""Predictions taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skiplayer._results import bunch


class Explanations(Bunch):  # type: ignore[misc]
    """What `explain` returns: ``outputs``, ``outside`` and ``notes``."""

    @classmethod
    def of(cls, record: dict[str, Any]) -> Explanations:
        """The engine's record with arrays."""
        outputs = []
        for output in record["outputs"]:
            n_samples = len(output["prediction"])
            parts = {
                f"{part}_contributions": np.array([c["values"] for c in output[f"{part}s"]]).reshape(-1, n_samples).T
                for part in ("input", "unit")
            }
            names = {f"{part}_names": [c["name"] for c in output[f"{part}s"]] for part in ("input", "unit")}
            arrays = {name: np.array(output[name]) for name in ("linear_predictor", "prediction")}
            head = {"name": output.get("output"), "unit": output["unit"], "baseline": output["baseline"]}
            outputs.append(Bunch(**head, **names, **parts, **arrays))
        return cls(outputs=outputs, outside=bunch(record["outside"]), notes=record["notes"])

    def to_shap(self, output: int = 0) -> Any:
        """The contributions as a `shap.Explanation`, for the plots of that package.

        Parameters
        ----------
        output : int, default=0
            Which target or class, where there are several.

        Returns
        -------
        shap.Explanation
            One column for each input in use and each hidden unit. Values and base value of a row add up to its linear
            predictor, which is the prediction itself in a regression by squared error.
        """
        import shap

        if not -len(self.outputs) <= output < len(self.outputs):
            raise ValueError(f"output: found {output!r}, expected one of 0 to {len(self.outputs) - 1}.")
        told = self.outputs[output]
        values = np.hstack([told.input_contributions, told.unit_contributions])
        return shap.Explanation(
            values,
            base_values=np.full(len(values), told.baseline),
            feature_names=[*told.input_names, *told.unit_names],
        )
