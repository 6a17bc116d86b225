//! Batch norm of rows of a table, whose maps are single numbers: neighbours in memory are channels, and there are too few numbers for threads.

use super::{Line, Maps, Slope, parameters, rectified};

pub fn moments(maps: Maps, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut means = vec![0.0f64; maps.n_channels];
    for row in x.chunks_exact(maps.n_channels) {
        means.iter_mut().zip(row).for_each(|(mean, v)| *mean += f64::from(*v));
    }
    means.iter_mut().for_each(|mean| *mean /= maps.n_values());
    let mut variances = vec![0.0f64; maps.n_channels];
    for row in x.chunks_exact(maps.n_channels) {
        let off = row.iter().zip(&means).map(|(v, mean)| f64::from(*v) - mean);
        variances.iter_mut().zip(off).for_each(|(variance, off)| *variance += off * off);
    }
    let single = |values: Vec<f64>, by: f64| values.into_iter().map(|v| (v / by) as f32).collect();
    (single(means, 1.0), single(variances, maps.n_values()))
}

pub fn forward(lines: &[Line], x: &[f32], shortcut: Option<&[f32]>, is_rectified: bool, y: &mut [f32]) {
    for (y, x) in y.chunks_exact_mut(lines.len()).zip(x.chunks_exact(lines.len())) {
        y.iter_mut().zip(x).zip(lines).for_each(|((y, x), line)| *y = line.at(*x));
    }
    if let Some(shortcut) = shortcut {
        y.iter_mut().zip(shortcut).for_each(|(y, s)| *y += s);
    }
    if is_rectified {
        y.iter_mut().for_each(|y| *y = rectified(*y));
    }
}

pub fn backward(maps: Maps, lines: &[Line], x: &[f32], is_rectified: bool, dy: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
    let n = maps.n_channels;
    let mut sums = vec![[0.0f64; 2]; n];
    for (dy, x) in dy.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        for (((dy, x), line), sums) in dy.iter_mut().zip(x).zip(lines).zip(&mut sums) {
            *dy = if is_rectified && line.at(*x) <= 0.0 { 0.0 } else { *dy };
            sums[0] += f64::from(*dy);
            sums[1] += f64::from(*dy * (x - line.mean));
        }
    }
    let slopes = Slope::all(lines, &sums, maps.n_values());
    for (dy, x) in dy.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        dy.iter_mut().zip(x).zip(&slopes).for_each(|((dy, x), slope)| *dy = slope.at(*dy, *x));
    }
    parameters(lines, &sums)
}

pub fn backward_of_sum(
    maps: Maps,
    lines: &[Line],
    x: &[f32],
    y: Option<&[f32]>,
    dy: &mut [f32],
    dx: &mut [f32],
) -> (Vec<f32>, Vec<f32>) {
    if let Some(y) = y {
        dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = if *y > 0.0 { *dy } else { 0.0 });
    }
    dx.copy_from_slice(dy);
    backward(maps, lines, x, false, dx)
}
