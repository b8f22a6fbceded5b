//! The PNG format (RFC 2083) for one kind of picture: 8-bit RGB.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Bit depth 8, colour type RGB, the only compression and filter methods, no interlace.
const HEADER_TAIL: [u8; 5] = [8, 2, 0, 0, 0];
/// Each byte minus the one above it: in a chart most rows repeat.
const FILTER_UP: u8 = 2;

/// A picture of `width * height * 3` bytes as a file.
pub(crate) fn encode(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::from(width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&HEADER_TAIL);
    let mut file = Vec::from(SIGNATURE);
    chunk(&mut file, *b"IHDR", &header);
    chunk(
        &mut file,
        *b"IDAT",
        &deflate(&filtered(pixels, width as usize * 3)),
    );
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn filtered(pixels: &[u8], row_bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() + pixels.len() / row_bytes.max(1));
    let blank = vec![0; row_bytes];
    let mut above = &blank[..];
    for row in pixels.chunks_exact(row_bytes.max(1)) {
        out.push(FILTER_UP);
        out.extend(row.iter().zip(above).map(|(now, up)| now.wrapping_sub(*up)));
        above = row;
    }
    out
}

/// Compresses in memory, where writing cannot fail.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(bytes);
    debug_assert!(written.is_ok(), "a vector takes every byte");
    encoder.finish().unwrap_or_default()
}

/// Length, name, content, checksum of name and content.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(content);
    file.extend_from_slice(&crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Undoes the format by its definition.
    fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut rest = file.strip_prefix(&SIGNATURE).unwrap();
        let (mut size, mut pixels) = ((0, 0), Vec::new());
        while !rest.is_empty() {
            let number = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
            let length = number(0) as usize;
            let content = &rest[8..8 + length];
            let mut crc = Crc::new();
            crc.update(&rest[4..8 + length]);
            assert_eq!(crc.sum(), number(8 + length));
            match &rest[4..8] {
                b"IHDR" => size = (number(8), number(12)),
                b"IDAT" => {
                    let mut raw = Vec::new();
                    flate2::read::ZlibDecoder::new(content)
                        .read_to_end(&mut raw)
                        .unwrap();
                    let mut above = vec![0u8; size.0 as usize * 3];
                    for row in raw.chunks_exact(size.0 as usize * 3 + 1) {
                        assert_eq!(row[0], FILTER_UP);
                        for (up, delta) in above.iter_mut().zip(&row[1..]) {
                            *up = up.wrapping_add(*delta);
                        }
                        pixels.extend_from_slice(&above);
                    }
                }
                _ => {}
            }
            rest = &rest[12 + length..];
        }
        (size.0, size.1, pixels)
    }

    #[test]
    fn round_trips() {
        let pixels: Vec<u8> = (0..7 * 5 * 3u32).map(|k| (k * 37 % 251) as u8).collect();
        assert_eq!(decode(&encode(&pixels, 7, 5)), (7, 5, pixels));
    }
}
