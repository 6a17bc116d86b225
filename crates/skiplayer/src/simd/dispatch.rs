//! One body, compiled once for each kind of processor, chosen when the program runs.

/// Defines `fn name(arguments) -> result` that runs `body(simd, arguments)` compiled for the best instructions at hand;
/// `simd` is a [`pulp::Simd`]. `fn name<T>(arguments)` is generic over a [`Scalar`](super::Scalar).
///
/// `body` must be `#[inline(always)]` all the way down, without closures around arithmetic: only code inlined into the wrappers
/// below gets their instructions.
macro_rules! dispatch {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident $(<$scalar:ident>)? ($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
            = $body:path
    ) => {
        $(#[$meta])*
        #[allow(unsafe_code)]
        $visibility fn $name $(<$scalar: $crate::simd::Scalar>)? ($($argument: $type),*) $(-> $result)? {
            use $body as body;
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(
                    enable = "sse3,ssse3,sse4.1,sse4.2,popcnt,avx,avx2,bmi1,bmi2,fma,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
                )]
                fn avx512 $(<$scalar: $crate::simd::Scalar>)? (
                    simd: pulp::x86::V4, $($argument: $type),*
                ) $(-> $result)? {
                    body(simd, $($argument),*)
                }

                #[target_feature(enable = "sse3,ssse3,sse4.1,sse4.2,popcnt,avx,avx2,bmi1,bmi2,fma,lzcnt")]
                fn avx2 $(<$scalar: $crate::simd::Scalar>)? (
                    simd: pulp::x86::V3, $($argument: $type),*
                ) $(-> $result)? {
                    body(simd, $($argument),*)
                }

                if let Some(simd) = pulp::x86::V4::try_new() {
                    // SAFETY: the function needs nothing but the instructions that `simd` proves to be there.
                    return unsafe { avx512(simd, $($argument),*) };
                }
                if let Some(simd) = pulp::x86::V3::try_new() {
                    // SAFETY: as above.
                    return unsafe { avx2(simd, $($argument),*) };
                }
            }
            // Every aarch64 processor has these instructions: nothing needs to be compiled apart.
            #[cfg(target_arch = "aarch64")]
            if let Some(simd) = pulp::aarch64::Neon::try_new() {
                return body(simd, $($argument),*);
            }
            body(pulp::Scalar::new(), $($argument),*)
        }
    };
}

pub(crate) use dispatch;
