//! Regularisation paths: of networks, of the linear model, and the choice of a lambda by cross-validation.

pub(crate) mod cross_validated;
pub(crate) mod elastic_net;
pub(crate) mod lasso;
pub(crate) mod network;
pub(crate) mod partial;
