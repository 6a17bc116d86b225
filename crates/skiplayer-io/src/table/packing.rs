//! Compressed files, told by their first bytes, unpacked to a temporary file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    /// Has no first bytes of its own: told by the ending `.br`.
    Brotli,
}

impl Packing {
    /// How a file of this name with these first bytes is compressed, if it is.
    pub fn of(head: &[u8], name: &str) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ if name.ends_with(".br") => Some(Self::Brotli),
            _ => None,
        }
    }

    /// The unpacked bytes.
    pub fn unpack(self, file: File) -> io::Result<File> {
        let packed = BufReader::with_capacity(1 << 18, file);
        let mut unpacked: Box<dyn Read> = match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Self::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(packed)),
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(packed)?),
            Self::Brotli => Box::new(brotli_decompressor::Decompressor::new(packed, 1 << 16)),
        };
        let mut out = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        io::copy(&mut unpacked, &mut out)?;
        out.flush()?;
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}
