//! The network: a linear skip plus hidden units. START HERE.
//!
//! ```text
//!            ┌──────────────── A x ────────────────┐        shortcut: the linear model
//!  x (p) ────┤                                     (+)──> eta = b + A x + V h
//!            └── h = act(W x + c) ── [blocks] ── V h ┘      branch: the perturbation
//!
//!  block:  h ──┬──────────────────────────┐                 shortcut: identity
//!              └── U act(W_l h + c_l) ────(+)──> h          branch: M more units
//! ```

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::kernel;
use super::layout::Layout;
use super::matrix_view::MatrixView;
use super::weights::{Weights, WeightsMut};
use crate::matrix::Matrix;

/// A network: an architecture and its parameters in one flat buffer (see [`Layout`]).
///
/// ```
/// use skiplayer::matrix::Matrix;
/// use skiplayer::net::{Activation, Architecture, Network};
///
/// // eta = 1 + 2 x + 3 tanh(x - 1)
/// let architecture = Architecture { n_inputs: 1, n_outputs: 1, hidden: vec![1], activation: Activation::Tanh };
/// let network = Network::new(architecture, vec![1.0, 2.0, 1.0, -1.0, 3.0]);
/// let eta = network.forward(&Matrix::from_columns(1, &[vec![1.0]]));
/// assert!((eta.get(0, 0) - 3.0).abs() < 1e-12);
/// assert_eq!(network.head()[(0, 0)], 3.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    pub architecture: Architecture,
    /// In the order of [`Layout`]. Files keep them apart from the header, as tensors.
    #[serde(skip)]
    pub parameters: Vec<f64>,
}

impl Network {
    /// A network with the given parameters.
    ///
    /// # Panics
    /// If their number is not what the architecture needs.
    pub fn new(architecture: Architecture, parameters: Vec<f64>) -> Self {
        assert_eq!(parameters.len(), Layout::new(&architecture).n_parameters(), "parameters of {architecture:?}");
        Self { architecture, parameters }
    }

    /// The network whose parameters are all zero.
    pub fn zeros(architecture: Architecture) -> Self {
        let parameters = vec![0.0; Self::n_parameters(&architecture)];
        Self { architecture, parameters }
    }

    /// Parameters of a network of this shape.
    pub fn n_parameters(architecture: &Architecture) -> usize {
        Layout::new(architecture).n_parameters()
    }

    /// Where each parameter lives.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.architecture)
    }

    /// The parameters by name.
    pub fn weights(&self) -> Weights<'_> {
        Weights::new(&self.layout(), &self.parameters)
    }

    /// The same, to write into.
    pub fn weights_mut(&mut self) -> WeightsMut<'_> {
        WeightsMut::new(&self.layout(), &mut self.parameters)
    }

    /// A (K, p), the linear part as it stands.
    pub fn skip(&self) -> MatrixView<'_> {
        self.layout().skip.of(&self.parameters)
    }

    /// W (H, p), from the inputs into the hidden layer.
    pub fn input(&self) -> MatrixView<'_> {
        self.layout().input.of(&self.parameters)
    }

    /// V (K, H), from the hidden layer after the last block to the outputs.
    pub fn head(&self) -> MatrixView<'_> {
        self.layout().head.of(&self.parameters)
    }

    /// Linear predictors (n, K) of the rows of `x` (n, p), before the inverse link.
    pub fn forward(&self, x: &Matrix) -> Matrix {
        kernel::forward(&self.layout(), &self.parameters, x)
    }

    /// Outputs of the hidden layer after the last block (n, H).
    pub fn hidden(&self, x: &Matrix) -> Matrix {
        kernel::hidden(&self.layout(), &self.parameters, x)
    }

    /// All hidden units: those of the hidden layer and those of the residual blocks.
    pub fn n_units(&self) -> usize {
        self.architecture.n_units()
    }

    /// Number of priced weights (not biases) that are not zero.
    pub fn n_weights(&self) -> usize {
        self.parameters.iter().zip(self.layout().roles()).filter(|(w, role)| role.is_penalised() && **w != 0.0).count()
    }

    /// Inputs with a weight that is not zero, to an output or to a hidden unit.
    pub fn inputs_in_use(&self) -> Vec<usize> {
        let Weights { skip, input, .. } = self.weights();
        (0..self.architecture.n_inputs).filter(|&j| skip.column(j).chain(input.column(j)).any(|w| *w != 0.0)).collect()
    }
}
