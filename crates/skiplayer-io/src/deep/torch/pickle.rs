//! The pickles in checkpoints, read without executing anything.
//!
//! Opcodes are those of Python's `pickletools`; of protocols 2 to 5 the ones that `torch.save` writes for containers, numbers, text and
//! tensors. Objects live in a list and refer to each other by their places in it, as the same list may be filled after others refer to
//! it.

use std::collections::HashMap;
use std::io::Read;

use skiplayer::{Error, Result};

use super::cut_off;

/// More objects than any checkpoint has.
const MOST_OBJECTS: usize = 20_000_000;
/// Tuples in tuples in a key or an argument, beyond which it is none that PyTorch wrote.
const DEEPEST: usize = 64;

/// Functions and types that mean something here. All others are refused.
const KNOWN: [&str; 5] = [
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch.Size",
];

/// What a pickle holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    None,
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Lists, tuples and sets.
    List(Vec<usize>),
    /// Keys and values in order.
    Dict(Vec<(usize, usize)>),
    Global(String),
    Storage(StorageKey),
    Tensor(TensorView),
}

/// Where the numbers of tensors lie.
#[derive(Debug, Clone, PartialEq)]
pub struct StorageKey {
    pub key: String,
    /// `FloatStorage`, …
    pub kind: String,
    /// Numbers in it.
    pub count: usize,
}

/// A tensor as a part of a storage.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorView {
    pub storage: StorageKey,
    pub offset: usize,
    pub sizes: Vec<usize>,
    pub strides: Vec<usize>,
}

/// All objects of a pickle.
#[derive(Debug, Default)]
pub struct Objects {
    all: Vec<Object>,
    root: usize,
}

impl Objects {
    pub fn root(&self) -> &Object {
        self.at(self.root)
    }

    pub fn at(&self, place: usize) -> &Object {
        self.all.get(place).unwrap_or(&Object::None)
    }

    /// All storages that are referred to, as often as they are.
    pub fn storages(&self) -> impl Iterator<Item = &StorageKey> {
        self.all.iter().filter_map(|object| match object {
            Object::Storage(storage) => Some(storage),
            _ => None,
        })
    }

    /// The text of an object, if it is one.
    pub fn text(&self, place: usize) -> Option<&str> {
        match self.at(place) {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one pickle, up to and with its end.
///
/// # Errors
/// An opcode or a function that no checkpoint needs, by its name; a pickle that ends early.
pub fn read(input: &mut impl Read) -> Result<Objects> {
    let mut machine =
        Machine { input, objects: Objects::default(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    while machine.step()? {}
    Ok(machine.objects)
}

struct Machine<'a, R> {
    input: &'a mut R,
    objects: Objects,
    stack: Vec<usize>,
    marks: Vec<usize>,
    memo: HashMap<u32, usize>,
}

impl<R: Read> Machine<'_, R> {
    /// One opcode; whether there are more.
    fn step(&mut self) -> Result<bool> {
        let opcode = self.bytes::<1>()?[0];
        match opcode {
            // PROTO and FRAME say what is read anyway.
            0x80 => drop(self.bytes::<1>()?),
            0x95 => drop(self.bytes::<8>()?),
            b'.' => {
                self.objects.root = self.pop()?;
                return Ok(false);
            }
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.since_mark()?),
            b'N' => self.push(Object::None)?,
            0x88 => self.push(Object::Truth(true))?,
            0x89 => self.push(Object::Truth(false))?,
            b'J' => {
                let whole = i32::from_le_bytes(self.bytes()?);
                self.push(Object::Whole(whole.into()))?;
            }
            b'K' => {
                let [whole] = self.bytes()?;
                self.push(Object::Whole(whole.into()))?;
            }
            b'M' => {
                let whole = u16::from_le_bytes(self.bytes()?);
                self.push(Object::Whole(whole.into()))?;
            }
            0x8a => {
                let [length] = self.bytes()?;
                let bytes = self.block(length.into())?;
                self.push(whole(&bytes))?;
            }
            b'G' => {
                let number = f64::from_be_bytes(self.bytes()?);
                self.push(Object::Number(number))?;
            }
            // Text: SHORT_BINUNICODE, BINUNICODE, BINUNICODE8, and strings of Python 2.
            0x8c | b'U' => {
                let [length] = self.bytes()?;
                self.text(length.into())?;
            }
            b'X' | b'T' => {
                let length = u32::from_le_bytes(self.bytes()?);
                self.text(length.into())?;
            }
            0x8d => {
                let length = u64::from_le_bytes(self.bytes()?);
                self.text(length)?;
            }
            b'C' => {
                let [length] = self.bytes()?;
                let bytes = self.block(length.into())?;
                self.push(Object::Bytes(bytes))?;
            }
            b'B' => {
                let length = u32::from_le_bytes(self.bytes()?);
                let bytes = self.block(length.into())?;
                self.push(Object::Bytes(bytes))?;
            }
            b'}' => self.push(Object::Dict(Vec::new()))?,
            b']' | b')' | 0x8f => self.push(Object::List(Vec::new()))?,
            b't' | b'l' => {
                let items = self.since_mark()?;
                self.push(Object::List(items))?;
            }
            0x85..=0x87 => {
                let items = self.pops(usize::from(opcode - 0x84))?;
                self.push(Object::List(items))?;
            }
            b'a' => {
                let item = self.pops(1)?;
                self.extend(item)?;
            }
            b'e' | 0x90 => {
                let items = self.since_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let pair = self.pops(2)?;
                self.set(pair)?;
            }
            b'u' => {
                let pairs = self.since_mark()?;
                self.set(pairs)?;
            }
            b'q' => {
                let [at] = self.bytes()?;
                self.remember(at.into())?;
            }
            b'r' => {
                let at = u32::from_le_bytes(self.bytes()?);
                self.remember(at)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let [at] = self.bytes()?;
                self.recall(at.into())?;
            }
            b'j' => {
                let at = u32::from_le_bytes(self.bytes()?);
                self.recall(at)?;
            }
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.global(name)?;
            }
            0x93 => {
                let names = self.pops(2)?;
                let [Some(module), Some(name)] = [0, 1].map(|k| self.objects.text(names[k]).map(str::to_owned)) else {
                    return Err(self.senseless("a function without a name"));
                };
                self.global(format!("{module}.{name}"))?;
            }
            b'Q' => self.persistent()?,
            // REDUCE calls a function with arguments, NEWOBJ a type: here they build what is known.
            b'R' | 0x81 => self.reduce()?,
            // BUILD gives an object its attributes. Of a table of weights they are `_metadata`, which say nothing about numbers.
            b'b' => drop(self.pop()?),
            other => {
                return Err(Error::input("weights", format!("the opcode {other:#04x} of pickles"))
                    .expected("tensors, numbers, text and tables of them")
                    .hint("is it a checkpoint of PyTorch? Save the state dict alone, or as safetensors"));
            }
        }
        Ok(true)
    }

    fn push(&mut self, object: Object) -> Result<()> {
        if self.objects.all.len() >= MOST_OBJECTS {
            return Err(self.senseless("more objects than a checkpoint has"));
        }
        self.stack.push(self.objects.all.len());
        self.objects.all.push(object);
        Ok(())
    }

    fn pop(&mut self) -> Result<usize> {
        self.stack.pop().ok_or_else(|| self.senseless("an operation without its arguments"))
    }

    /// The last `count` objects, in order.
    fn pops(&mut self, count: usize) -> Result<Vec<usize>> {
        let start =
            self.stack.len().checked_sub(count).ok_or_else(|| self.senseless("an operation without its arguments"))?;
        Ok(self.stack.split_off(start))
    }

    fn since_mark(&mut self) -> Result<Vec<usize>> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        let mark = mark.ok_or_else(|| self.senseless("the end of a list without its beginning"))?;
        Ok(self.stack.split_off(mark))
    }

    fn extend(&mut self, items: Vec<usize>) -> Result<()> {
        let list = self.stack.last().copied();
        match list.and_then(|list| self.objects.all.get_mut(list)) {
            Some(Object::List(own)) => own.extend(items),
            _ => return Err(self.senseless("items of something that is no list")),
        }
        Ok(())
    }

    fn set(&mut self, pairs: Vec<usize>) -> Result<()> {
        let (pairs, rest) = pairs.as_chunks::<2>();
        let dict = self.stack.last().copied();
        match dict.and_then(|dict| self.objects.all.get_mut(dict)) {
            Some(Object::Dict(own)) if rest.is_empty() => own.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            _ => return Err(self.senseless("entries of something that is no table")),
        }
        Ok(())
    }

    fn remember(&mut self, at: u32) -> Result<()> {
        let top = self.stack.last().copied().ok_or_else(|| self.senseless("nothing to remember"))?;
        self.memo.insert(at, top);
        Ok(())
    }

    fn recall(&mut self, at: u32) -> Result<()> {
        let known = self.memo.get(&at).copied().ok_or_else(|| self.senseless("a reference to nothing"))?;
        self.stack.push(known);
        Ok(())
    }

    fn global(&mut self, name: String) -> Result<()> {
        let is_storage =
            name.strip_prefix("torch.").is_some_and(|kind| kind.ends_with("Storage") && !kind.contains('.'));
        if !is_storage && !KNOWN.contains(&name.as_str()) {
            return Err(Error::input("weights", format!("the function or type `{name}`"))
                .expected(
                    "tensors, numbers, text and tables of them: nothing else is ever loaded, and nothing executed",
                )
                .hint("save the weights alone, `torch.save(model.state_dict(), …)`, or as safetensors"));
        }
        self.push(Object::Global(name))
    }

    /// `('storage', type, key, device, count)`, and in old files a view of another storage behind it.
    fn persistent(&mut self) -> Result<()> {
        let id = self.pop()?;
        let Object::List(parts) = self.objects.at(id) else {
            return Err(self.senseless("a storage without its parts"));
        };
        let at = |k: usize| parts.get(k).map(|place| self.objects.at(*place));
        let storage = match (at(0), at(1), at(2), at(4), at(5)) {
            (
                Some(Object::Text(word)),
                Some(Object::Global(kind)),
                Some(Object::Text(key)),
                Some(Object::Whole(count)),
                None | Some(Object::None),
            ) if word == "storage" => usize::try_from(*count).ok().map(|count| StorageKey {
                key: key.clone(),
                kind: kind.trim_start_matches("torch.").to_owned(),
                count,
            }),
            _ => None,
        };
        let storage = storage.ok_or_else(|| self.senseless("a storage of a kind that is not known"))?;
        self.push(Object::Storage(storage))
    }

    fn reduce(&mut self) -> Result<()> {
        let [function, arguments] = self.pops(2)?[..] else { return Err(self.senseless("a call without arguments")) };
        let (Object::Global(name), Object::List(arguments)) = (self.objects.at(function), self.objects.at(arguments))
        else {
            return Err(self.senseless("a call of no function"));
        };
        let made = match name.as_str() {
            "collections.OrderedDict" => self.ordered(arguments),
            "torch.Size" => arguments.first().map(|sizes| self.objects.at(*sizes).clone()),
            "torch._utils._rebuild_parameter" => arguments.first().map(|tensor| self.objects.at(*tensor).clone()),
            "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v2" => self.tensor(arguments),
            _ => None,
        };
        let made = made.ok_or_else(|| self.senseless("arguments that do not fit"))?;
        self.push(made)
    }

    /// From a list of pairs, or empty.
    fn ordered(&self, arguments: &[usize]) -> Option<Object> {
        let Some(pairs) = arguments.first() else { return Some(Object::Dict(Vec::new())) };
        let Object::List(pairs) = self.objects.at(*pairs) else { return None };
        let pair = |place: &usize| match self.objects.at(*place) {
            Object::List(pair) if pair.len() == 2 => Some((pair[0], pair[1])),
            _ => None,
        };
        pairs.iter().map(pair).collect::<Option<Vec<_>>>().map(Object::Dict)
    }

    fn tensor(&self, arguments: &[usize]) -> Option<Object> {
        let [storage, offset, sizes, strides, ..] = arguments else { return None };
        let wholes = |place: &usize| match self.objects.at(*place) {
            Object::List(items) if items.len() <= DEEPEST => items.iter().map(|item| self.size(*item)).collect(),
            _ => None,
        };
        let Object::Storage(storage) = self.objects.at(*storage) else { return None };
        let (sizes, strides): (Vec<usize>, Vec<usize>) = (wholes(sizes)?, wholes(strides)?);
        (sizes.len() == strides.len()).then_some(())?;
        Some(Object::Tensor(TensorView { storage: storage.clone(), offset: self.size(*offset)?, sizes, strides }))
    }

    fn size(&self, place: usize) -> Option<usize> {
        match self.objects.at(place) {
            Object::Whole(whole) => usize::try_from(*whole).ok(),
            _ => None,
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|_| cut_off("a pickle without its end"))?;
        Ok(bytes)
    }

    /// As many bytes as there are, up to `length`: a length that lies costs no memory.
    fn block(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes);
        match read {
            Ok(n) if n as u64 == length => Ok(bytes),
            _ => Err(cut_off("a pickle without its end")),
        }
    }

    fn text(&mut self, length: u64) -> Result<()> {
        let bytes = self.block(length)?;
        self.push(Object::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Up to a line feed, which is left out.
    fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        loop {
            match self.bytes::<1>()? {
                [b'\n'] => return Ok(String::from_utf8_lossy(&line).into_owned()),
                [byte] if line.len() < 1000 => line.push(byte),
                _ => return Err(self.senseless("a name without an end")),
            }
        }
    }

    fn senseless(&self, found: &str) -> Error {
        cut_off(format!("a pickle that makes no sense ({found})"))
    }
}

/// A whole number in little-endian two's complement; one beyond 64 bits as a float.
fn whole(bytes: &[u8]) -> Object {
    let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut filled = [if is_negative { 0xff } else { 0 }; 8];
    if bytes.len() <= 8 {
        filled[..bytes.len()].copy_from_slice(bytes);
        return Object::Whole(i64::from_le_bytes(filled));
    }
    let size: f64 = bytes.iter().rev().fold(0.0, |sum, byte| 256.0 * sum + f64::from(*byte));
    Object::Number(if is_negative { size - 256f64.powi(bytes.len() as i32) } else { size })
}
