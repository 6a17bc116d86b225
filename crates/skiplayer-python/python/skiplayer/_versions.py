"""Whether all machines of a cluster have the version of this process: what one version writes, another may not be able to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skiplayer._skiplayer import __version__

# For Python itself to evaluate: a task that names a function of ours cannot be loaded where there is no package.
_ASKED = "__import__('skiplayer').__version__"
# Seconds that a machine has to answer, or to be made ready by what the cluster installs there.
_TIMEOUT = 600.0
_MOST_TOLD = 5
_ON_RAY = f'start with ray.init(runtime_env={{"pip": ["skiplayer=={__version__}"]}})'
_ON_DASK = f'register distributed.PipInstall(packages=["skiplayer=={__version__}"])'


def refuse_others(found: Mapping[str, str], expected: str = __version__, remedy: str = "") -> None:
    """Raises if there is another version.

    Parameters
    ----------
    found : mapping
        Versions by the place that has them.
    expected : str
        The version of the process that sends tasks.
    remedy : str
        How else than by hand the package comes to where it is not.
    """
    others = [f"{where} has skiplayer {version}" for where, version in found.items() if version != expected]
    if others:
        left_out = f" and {len(others) - _MOST_TOLD} more have another" if len(others) > _MOST_TOLD else ""
        raise RuntimeError(
            f"{', '.join(others[:_MOST_TOLD])}{left_out}, expected {expected} as in the process that sends the tasks: what one version "
            f"writes another may not be able to read. Install it there (pip install skiplayer=={expected}){_or(remedy)}, or the other "
            "version here."
        )


def no_package(where: str, why: object, remedy: str) -> ModuleNotFoundError:
    """What is said of a place that cannot import the package."""
    return ModuleNotFoundError(
        f"{where} has no package 'skiplayer' that it can import ({why}), expected {__version__} as in this process: install it there "
        f"(pip install skiplayer=={__version__}){_or(remedy)}."
    )


def no_package_on_ray(why: object) -> ModuleNotFoundError:
    """The same of a worker of Ray that joined after all others had been asked."""
    return no_package("A worker of Ray", why, _ON_RAY)


def check_ray(ray: Any, timeout: float = _TIMEOUT) -> None:
    """Asks a process of each node of the cluster of Ray that has processors."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    # A function within a function is sent whole; of others Ray sends the name.
    def version() -> str:
        return str(eval(_ASKED))

    asked = {}
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU", 0) > 0:
            where = f"Node {node['NodeManagerHostname']} of Ray ({node['NodeManagerAddress']}, {node['NodeID'][:8]})"
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            asked[where] = ray.remote(num_cpus=0, scheduling_strategy=there)(version).remote()
    found = {}
    for where, answer in asked.items():
        try:
            found[where] = ray.get(answer, timeout=timeout)
        except ray.exceptions.GetTimeoutError:
            raise _silent(where, timeout) from None
        except ray.exceptions.RayTaskError as error:
            raise no_package(where, error.cause, _ON_RAY) from None
        except (ray.exceptions.NodeDiedError, ray.exceptions.WorkerCrashedError, ray.exceptions.TaskUnschedulableError):
            # It has gone since, and is not given anything.
            continue
    refuse_others(found, remedy=_ON_RAY)


def check_dask(client: Any, addresses: Iterable[str], timeout: float = _TIMEOUT) -> None:
    """Asks workers of Dask, and the scheduler: a process of Dask that cannot load a task dies of it."""
    import distributed

    asked = {f"Worker {address} of Dask": client.submit(eval, _ASKED, workers=[address], pure=False) for address in addresses}
    found, where = {}, ""
    try:
        for where, answer in asked.items():
            found[where] = answer.result(timeout=timeout)
        where = "The scheduler of Dask"
        found[where] = client.run_on_scheduler(eval, _ASKED)
    except ImportError as error:
        raise no_package(where, error, _ON_DASK) from None
    except distributed.TimeoutError:
        raise _silent(where, timeout) from None
    finally:
        for answer in asked.values():
            answer.release()
    refuse_others(found, remedy=_ON_DASK)


def _silent(where: str, timeout: float) -> TimeoutError:
    return TimeoutError(f"{where} has not told its version of skiplayer for {timeout:g} seconds. Is it busy with other tasks?")


def _or(remedy: str) -> str:
    return f", or {remedy}" if remedy else ""
