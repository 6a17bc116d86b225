//! One body, compiled once for each kind of processor, chosen when the program runs.

/// Defines `fn name(arguments) -> result` that runs `body::<FMA>(arguments)` compiled for the best instructions at hand.
///
/// `body` must be `#[inline(always)]` all the way down: only code inlined into the wrappers below gets their instructions.
macro_rules! dispatch {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path) => {
        $(#[$meta])*
        #[allow(unsafe_code)]
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                use $body as body;

                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($argument: $type),*) $(-> $result)? {
                    body::<true>($($argument),*)
                }

                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $type),*) $(-> $result)? {
                    body::<true>($($argument),*)
                }

                let has_avx2 = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
                if has_avx2
                    && std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the function needs nothing but the instructions just detected.
                    return unsafe { avx512($($argument),*) };
                }
                if has_avx2 {
                    // SAFETY: as above.
                    return unsafe { avx2($($argument),*) };
                }
            }
            // Every aarch64 processor fuses multiply and add.
            const FUSED: bool = cfg!(target_arch = "aarch64");
            use $body as portable;
            portable::<FUSED>($($argument),*)
        }
    };
}

pub(super) use dispatch;
