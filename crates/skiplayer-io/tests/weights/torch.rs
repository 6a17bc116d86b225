//! Checkpoints as `torch.save` writes them, in both of its formats, byte by byte: what PyTorch 0.4 and 2.x put into their files, read
//! off with `pickletools`.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A part of a storage under a name.
#[derive(Clone)]
pub struct Tensor {
    pub name: &'static str,
    pub storage: usize,
    pub offset: u8,
    pub sizes: Vec<u8>,
    pub strides: Vec<u8>,
}

/// Numbers, and what PyTorch calls a storage of them.
pub struct Storage {
    pub kind: &'static str,
    pub count: u8,
    pub bytes: Vec<u8>,
}

impl Storage {
    pub fn floats(values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { kind: "FloatStorage", count: values.len() as u8, bytes }
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

pub fn global(out: &mut Vec<u8>, module: &str, name: &str) {
    out.extend(format!("c{module}\n{name}\n").bytes());
}

fn wholes(out: &mut Vec<u8>, numbers: &[u8]) {
    out.push(b'(');
    numbers.iter().for_each(|number| out.extend([b'K', *number]));
    out.push(b't');
}

fn tensor(out: &mut Vec<u8>, tensor: &Tensor, storage: &Storage, is_new: bool) {
    global(out, "torch._utils", if is_new { "_rebuild_tensor_v2" } else { "_rebuild_tensor" });
    out.extend(b"((");
    text(out, "storage");
    global(out, "torch", storage.kind);
    text(out, &tensor.storage.to_string());
    text(out, if is_new { "cpu" } else { "cuda:0" });
    out.extend([b'K', storage.count]);
    if !is_new {
        out.push(b'N');
    }
    out.extend([b't', b'Q', b'K', tensor.offset]);
    wholes(out, &tensor.sizes);
    wholes(out, &tensor.strides);
    if is_new {
        out.push(0x89);
        global(out, "collections", "OrderedDict");
        out.extend(b")R");
    }
    out.extend(b"tR");
}

/// The pickle of a state dict, inside of a table under `inside` unless that is empty.
pub fn objects(tensors: &[Tensor], storages: &[Storage], inside: &str, is_new: bool) -> Vec<u8> {
    let mut out = vec![0x80, 2];
    if !inside.is_empty() {
        out.extend(b"}q\x00(");
        text(&mut out, "epoch");
        out.extend([b'K', 7]);
        text(&mut out, inside);
    }
    global(&mut out, "collections", "OrderedDict");
    // A table is remembered before it is filled.
    out.extend(b")Rq\x01(");
    for one in tensors {
        text(&mut out, one.name);
        tensor(&mut out, one, &storages[one.storage], is_new);
    }
    out.push(b'u');
    if is_new {
        // Attributes of the table: `{"_metadata": {}}`.
        out.push(b'}');
        text(&mut out, "_metadata");
        out.extend(b"}sb");
    }
    if !inside.is_empty() {
        out.push(b'u');
    }
    out.push(b'.');
    out
}

/// The format since PyTorch 1.6.
pub fn archive(pickle: &[u8], storages: &[Storage]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(format!("net/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    add("data.pkl", pickle);
    add("byteorder", b"little");
    for (key, storage) in storages.iter().enumerate() {
        add(&format!("data/{key}"), &storage.bytes);
    }
    add("version", b"3\n");
    zip.finish().unwrap().into_inner()
}

/// The format before.
pub fn stream(pickle: &[u8], storages: &[Storage]) -> Vec<u8> {
    let mut out = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}(".to_vec();
    text(&mut out, "little_endian");
    out.extend(b"\x88u.");
    out.extend(pickle);
    out.extend(b"\x80\x02](");
    (0..storages.len()).for_each(|key| text(&mut out, &key.to_string()));
    out.extend(b"e.");
    for storage in storages {
        out.extend(i64::from(storage.count).to_le_bytes());
        out.extend(&storage.bytes);
    }
    out
}
