//! Agreement with PyTorch on tiny networks: `make_golden.py` says how the numbers were made.

mod digest;
mod maps;
mod networks;
mod steps;
mod torchvision;
