//! Convolution straight from its definition, in double precision: what kernels are tested against.

use super::Geometry;

/// Outputs, and gradients of the input and of the weights.
pub fn slowly(g: &Geometry, x: &[f32], weight: &[f32], dy: &[f32]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (height, width) = g.output();
    let mut y = vec![0.0; g.n_images * g.map()];
    let (mut dx, mut dweight) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
    for i in 0..g.n_images {
        for o in 0..g.n_outputs {
            for (py, px) in (0..height).flat_map(|py| (0..width).map(move |px| (py, px))) {
                let at = ((i * g.n_outputs + o) * height + py) * width + px;
                for c in 0..g.n_inputs {
                    for (ky, kx) in (0..g.kernel).flat_map(|ky| (0..g.kernel).map(move |kx| (ky, kx))) {
                        let row = (py * g.stride + ky).checked_sub(g.padding).filter(|row| *row < g.height);
                        let column = (px * g.stride + kx).checked_sub(g.padding).filter(|column| *column < g.width);
                        let (Some(row), Some(column)) = (row, column) else { continue };
                        let from = ((i * g.n_inputs + c) * g.height + row) * g.width + column;
                        let w = ((o * g.n_inputs + c) * g.kernel + ky) * g.kernel + kx;
                        y[at] += f64::from(x[from]) * f64::from(weight[w]);
                        dx[from] += f64::from(dy[at]) * f64::from(weight[w]);
                        dweight[w] += f64::from(dy[at]) * f64::from(x[from]);
                    }
                }
            }
        }
    }
    (y, dx, dweight)
}
