//! Products by the tile registers of the processor (AMX), where it has them.
//!
//! Intrinsics for tiles are not stable in Rust (rust-lang/rust#126622), instructions are. Everything that a tile register ever holds is made
//! and read inside of one block of instructions, which the compiler cannot divide: it configures the tiles, and releases them at its end.
//!
//! A tile has 16 rows of 64 bytes. Loads and products alternate, so that a product has what it needs while the next load is on its way; all
//! loads first took eight times as long.

#![allow(unsafe_code, reason = "the only place of the crate that has it")]

use super::product::Product;

/// Whether this processor has tiles for numbers of 16 bits, and the system lets this process use them.
pub fn are_there() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    return amx::are_there();
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    false
}

/// The sums of `product`: (tile of rows, tile of outputs, row, output).
///
/// # Panics
/// If there are no tiles, or the sizes do not fit.
pub fn sum(product: &Product<'_>, out: &mut [f32]) {
    assert!(are_there(), "a processor with tiles");
    product.check(out);
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    amx::sum(product, out);
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx {
    use std::arch::asm;
    use std::arch::x86_64::__cpuid_count;
    use std::sync::OnceLock;

    use super::super::product::{Product, TOGETHER};

    /// `arch_prctl`, and what it is asked: leave to use the part of the processor's state that tiles are in.
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const TILE_DATA: u64 = 18;

    pub fn are_there() -> bool {
        static ARE_THERE: OnceLock<bool> = OnceLock::new();
        *ARE_THERE.get_or_init(|| has_tiles() && may_use_tiles())
    }

    /// CPUID leaf 7: bit 22 of EDX is products of bfloat16, bit 24 tiles.
    fn has_tiles() -> bool {
        #[allow(unused_unsafe, reason = "safe in later versions of Rust")]
        // SAFETY: every processor of this architecture has the instruction, and leaf 0 says which others there are.
        let (highest, edx) = unsafe {
            let highest = __cpuid_count(0, 0).eax;
            (highest, if highest >= 7 { __cpuid_count(7, 0).edx } else { 0 })
        };
        highest >= 7 && edx >> 22 & 1 == 1 && edx >> 24 & 1 == 1
    }

    /// Linux gives the leave to all threads of a process at once; one without tiles refuses.
    fn may_use_tiles() -> bool {
        let result: i64;
        // SAFETY: a call of the system that reads no memory; it changes RCX and R11, which is declared. A system without this call, or one
        // that refuses, returns an error.
        unsafe {
            asm!("syscall", inlateout("rax") ARCH_PRCTL => result, in("rdi") ARCH_REQ_XCOMP_PERM, in("rsi") TILE_DATA,
                out("rcx") _, out("r11") _, options(nostack));
        }
        result == 0
    }

    /// The configuration that all products use: eight tiles of 16 rows of 64 bytes.
    #[repr(C, align(64))]
    struct Configuration([u8; 64]);

    static WHOLE_TILES: Configuration = Configuration({
        let mut bytes = [0; 64];
        bytes[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            bytes[16 + 2 * tile] = 64;
            bytes[48 + tile] = 16;
            tile += 1;
        }
        bytes
    });

    /// What the instructions read by its place in memory.
    #[repr(C)]
    struct Job {
        a: *const u8,
        b: *const u8,
        steps: *const usize,
        steps_end: *const usize,
        adds: usize,
    }

    /// The sizes have been checked, and that there are tiles.
    pub fn sum(product: &Product<'_>, out: &mut [f32]) {
        let Product { a, starts, pitch, steps, b, is_double, adds } = *product;
        if starts.is_empty() {
            return;
        }
        // The instructions count in bytes: twice the numbers. Addresses are doubled by `lea`.
        let range = steps.as_ptr_range();
        let job = Job {
            a: a.as_ptr().cast(),
            b: b.as_ptr().cast(),
            steps: range.start,
            steps_end: range.end,
            adds: adds.into(),
        };
        let n = starts.len() / if is_double { 2 } else { TOGETHER };
        // SAFETY: `Product::check` has compared all that is read and written with the lengths of the slices: rows of `a` from each of `starts`
        // plus each of `steps`, 15 pitches on and 32 numbers long; a tile of `b` for each step and each tile of outputs; tiles of
        // `out`, one or two for each of `starts`, of which there are whole groups. `steps` and `starts` are not empty, so that both
        // loops end. Tiles, and registers that are written, are declared or released; nothing is on the stack.
        unsafe {
            if is_double {
                pairs(&job, starts.as_ptr(), n, 2 * pitch, out.as_mut_ptr());
            } else {
                fours(&job, starts.as_ptr(), n, 2 * pitch, out.as_mut_ptr());
            }
        }
    }

    /// Two tiles of rows by two of outputs, `n` times: tiles 0 to 3 are sums, 4 and 5 rows, 6 and 7 outputs.
    unsafe fn pairs(job: &Job, starts: *const usize, n: usize, pitch: usize, out: *mut f32) {
        // SAFETY: as the caller says.
        unsafe {
            asm!(
                "ldtilecfg [{configuration}]",
                "2:",
                "mov {a0}, [{starts}]",
                "mov {a1}, [{starts} + 8]",
                "add {a0}, {a0}",
                "add {a1}, {a1}",
                "add {a0}, [{job}]",
                "add {a1}, [{job}]",
                "cmp qword ptr [{job} + 32], 0",
                "jne 3f",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "jmp 4f",
                "3:",
                "tileloadd tmm0, [{out} + {row}*1]",
                "tileloadd tmm1, [{out} + {row}*1 + 1024]",
                "tileloadd tmm2, [{out} + {row}*1 + 2048]",
                "tileloadd tmm3, [{out} + {row}*1 + 3072]",
                "4:",
                "mov {b}, [{job} + 8]",
                "mov {step}, [{job} + 16]",
                "5:",
                "mov {offset}, [{step}]",
                "lea {at}, [{a0} + 2*{offset}]",
                "tileloadd tmm4, [{at} + {pitch}*1]",
                "tileloadd tmm6, [{b} + {row}*1]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{b} + {row}*1 + 1024]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "lea {at}, [{a1} + 2*{offset}]",
                "tileloadd tmm5, [{at} + {pitch}*1]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {b}, 2048",
                "add {step}, 8",
                "cmp {step}, [{job} + 24]",
                "jne 5b",
                "tilestored [{out} + {row}*1], tmm0",
                "tilestored [{out} + {row}*1 + 1024], tmm1",
                "tilestored [{out} + {row}*1 + 2048], tmm2",
                "tilestored [{out} + {row}*1 + 3072], tmm3",
                "add {out}, 4096",
                "add {starts}, 16",
                "dec {n}",
                "jne 2b",
                "tilerelease",
                configuration = in(reg) &WHOLE_TILES, job = in(reg) job, row = in(reg) 64usize, pitch = in(reg) pitch,
                starts = inout(reg) starts => _, out = inout(reg) out => _, n = inout(reg) n => _,
                a0 = out(reg) _, a1 = out(reg) _, b = out(reg) _, step = out(reg) _, offset = out(reg) _, at = out(reg) _,
                options(nostack),
            );
        }
    }

    /// Four tiles of rows by one of outputs, `n` times: tiles 0 to 3 are sums, 4 to 6 rows, 7 outputs.
    unsafe fn fours(job: &Job, starts: *const usize, n: usize, pitch: usize, out: *mut f32) {
        // SAFETY: as the caller says.
        unsafe {
            asm!(
                "ldtilecfg [{configuration}]",
                "2:",
                "cmp qword ptr [{job} + 32], 0",
                "jne 3f",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "jmp 4f",
                "3:",
                "tileloadd tmm0, [{out} + {row}*1]",
                "tileloadd tmm1, [{out} + {row}*1 + 1024]",
                "tileloadd tmm2, [{out} + {row}*1 + 2048]",
                "tileloadd tmm3, [{out} + {row}*1 + 3072]",
                "4:",
                "mov {b}, [{job} + 8]",
                "mov {step}, [{job} + 16]",
                "5:",
                "mov {a}, [{step}]",
                "add {a}, {a}",
                "add {a}, [{job}]",
                "tileloadd tmm7, [{b} + {row}*1]",
                "mov {at}, [{starts}]",
                "lea {at}, [{a} + 2*{at}]",
                "tileloadd tmm4, [{at} + {pitch}*1]",
                "tdpbf16ps tmm0, tmm4, tmm7",
                "mov {at}, [{starts} + 8]",
                "lea {at}, [{a} + 2*{at}]",
                "tileloadd tmm5, [{at} + {pitch}*1]",
                "tdpbf16ps tmm1, tmm5, tmm7",
                "mov {at}, [{starts} + 16]",
                "lea {at}, [{a} + 2*{at}]",
                "tileloadd tmm6, [{at} + {pitch}*1]",
                "tdpbf16ps tmm2, tmm6, tmm7",
                "mov {at}, [{starts} + 24]",
                "lea {at}, [{a} + 2*{at}]",
                "tileloadd tmm4, [{at} + {pitch}*1]",
                "tdpbf16ps tmm3, tmm4, tmm7",
                "add {b}, 1024",
                "add {step}, 8",
                "cmp {step}, [{job} + 24]",
                "jne 5b",
                "tilestored [{out} + {row}*1], tmm0",
                "tilestored [{out} + {row}*1 + 1024], tmm1",
                "tilestored [{out} + {row}*1 + 2048], tmm2",
                "tilestored [{out} + {row}*1 + 3072], tmm3",
                "add {out}, 4096",
                "add {starts}, 32",
                "dec {n}",
                "jne 2b",
                "tilerelease",
                configuration = in(reg) &WHOLE_TILES, job = in(reg) job, row = in(reg) 64usize, pitch = in(reg) pitch,
                starts = inout(reg) starts => _, out = inout(reg) out => _, n = inout(reg) n => _,
                a = out(reg) _, b = out(reg) _, step = out(reg) _, at = out(reg) _,
                options(nostack),
            );
        }
    }
}
