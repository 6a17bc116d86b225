//! Values of tiles: what the tiles of a block become before products, and what products become.
//!
//! All channels of a tile lie side by side, so that whole vectors of channels are transformed without moving numbers inside of them.

use pulp::{Arch, Simd, WithSimd};

use super::layout::Block;
use super::transform::{POINTS, SIDE, of_gradient, of_input, to_output};
use crate::kernel::turn::LONGEST;

/// Values of a tile.
pub const N_VALUES: usize = POINTS * POINTS;

/// How values (values, tiles, channels) of a block lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub n_tiles: usize,
    pub n_channels: usize,
}

impl Shape {
    /// Numbers from a value to the next one: a power of two would bring all values of a tile to the same place of a cache.
    pub fn stride(&self) -> usize {
        self.n_tiles * self.n_channels + LONGEST
    }

    pub fn len(&self) -> usize {
        N_VALUES * self.stride()
    }
}

/// Values of all tiles in a band of maps: of the input of a correlation.
pub fn of_band(block: Block, shape: Shape, band: &[f32], values: &mut [f32]) {
    Arch::new().dispatch(OfTiles::<_, POINTS> { of: Inputs, block, shape, band, values });
}

/// Values of the gradients of outputs, which are the inner pixels of the tiles of a band.
pub fn of_gradients(block: Block, shape: Shape, band: &[f32], values: &mut [f32]) {
    Arch::new().dispatch(OfTiles::<_, SIDE> { of: Gradients, block, shape, band, values });
}

/// What `N` numbers along one side of a tile become. A type and not a function, which would not be compiled for the processor at hand.
trait Side<const N: usize>: Copy {
    /// Pixels of a tile before the first of them.
    const BORDER: usize;

    fn transform<S: Simd>(self, simd: S, numbers: [S::f32s; N]) -> [S::f32s; POINTS];
}

#[derive(Clone, Copy)]
struct Inputs;

impl Side<POINTS> for Inputs {
    const BORDER: usize = 0;

    #[inline(always)]
    fn transform<S: Simd>(self, simd: S, numbers: [S::f32s; POINTS]) -> [S::f32s; POINTS] {
        of_input(simd, numbers)
    }
}

#[derive(Clone, Copy)]
struct Gradients;

impl Side<SIDE> for Gradients {
    const BORDER: usize = 1;

    #[inline(always)]
    fn transform<S: Simd>(self, simd: S, numbers: [S::f32s; SIDE]) -> [S::f32s; POINTS] {
        of_gradient(simd, numbers)
    }
}

struct OfTiles<'a, T, const N: usize> {
    of: T,
    block: Block,
    shape: Shape,
    band: &'a [f32],
    values: &'a mut [f32],
}

impl<T: Side<N>, const N: usize> WithSimd for OfTiles<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { of, block, shape, band, values } = self;
        let vectors = shape.n_channels / S::F32_LANES;
        let stride = shape.stride() / S::F32_LANES;
        let row = block.band_row() * vectors;
        let border = T::BORDER * (row + vectors);
        let (band, values) = (S::as_simd_f32s(band).0, S::as_mut_simd_f32s(values).0);
        for (tile, (corner, _)) in block.corners().enumerate() {
            for v in 0..vectors {
                let from = &band[corner * vectors + border + v..];
                let mut down = [[simd.splat_f32s(0.0); POINTS]; N];
                for j in 0..N {
                    down[j] = of.transform(simd, std::array::from_fn(|i| from[i * row + j * vectors]));
                }
                let to = &mut values[tile * vectors + v..];
                for i in 0..POINTS {
                    let across = of.transform(simd, std::array::from_fn(|j| down[j][i]));
                    for j in 0..POINTS {
                        to[(i * POINTS + j) * stride] = across[j];
                    }
                }
            }
        }
    }
}

/// The outputs that values stand for, into `inner` (all pixels of all tiles, channels).
pub fn to_outputs(block: Block, shape: Shape, values: &[f32], inner: &mut [f32]) {
    Arch::new().dispatch(ToOutputs { block, shape, values, inner });
}

struct ToOutputs<'a> {
    block: Block,
    shape: Shape,
    values: &'a [f32],
    inner: &'a mut [f32],
}

impl WithSimd for ToOutputs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, shape, values, inner } = self;
        let vectors = shape.n_channels / S::F32_LANES;
        let stride = shape.stride() / S::F32_LANES;
        let row = block.inner_row() * vectors;
        let (values, inner) = (S::as_simd_f32s(values).0, S::as_mut_simd_f32s(inner).0);
        for (tile, (_, corner)) in block.corners().enumerate() {
            for v in 0..vectors {
                let from = &values[tile * vectors + v..];
                let mut across = [[simd.splat_f32s(0.0); SIDE]; POINTS];
                for i in 0..POINTS {
                    across[i] = to_output(simd, std::array::from_fn(|j| from[(i * POINTS + j) * stride]));
                }
                let to = &mut inner[corner * vectors + v..];
                for j in 0..SIDE {
                    let down = to_output(simd, std::array::from_fn(|i| across[i][j]));
                    for i in 0..SIDE {
                        to[i * row + j * vectors] = down[i];
                    }
                }
            }
        }
    }
}
