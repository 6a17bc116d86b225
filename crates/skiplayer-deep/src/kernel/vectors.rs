//! Loops that are compiled once for each kind of processor.

/// Defines functions whose loops are compiled once for each kind of processor. A structure with its arguments takes the place of a closure,
/// which need not be inlined, and would then be compiled for the oldest processor.
macro_rules! in_vectors {
    ($($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty $body:block)*) => {$(
        $(#[$meta])*
        $visibility fn $name<'a>($($argument: $type),*) -> $result {
            struct Job<'a> {
                $($argument: $type,)*
            }

            impl<'a> pulp::WithSimd for Job<'a> {
                type Output = $result;

                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) -> $result {
                    let Self { $($argument),* } = self;
                    $body
                }
            }

            pulp::Arch::new().dispatch(Job { $($argument),* })
        }
    )*};
}

pub(crate) use in_vectors;
