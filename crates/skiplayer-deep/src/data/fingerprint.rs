//! What data are recognised by.

/// FNV-1a (Fowler, Noll & Vo), 64 bits: equal on every machine, and quick enough for a hundred million bytes.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Takes `bytes` in, and where they end.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.0 = (self.0 ^ bytes.len() as u64).wrapping_mul(0x0100_0000_01b3);
    }

    /// Takes numbers in, bit by bit.
    pub fn add_numbers(&mut self, numbers: &[f32]) {
        for number in numbers {
            self.add(&number.to_bits().to_le_bytes());
        }
    }

    /// Sixteen hexadecimal digits.
    pub fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}
