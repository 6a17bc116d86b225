//! Blocks drawn with lines: the branch straight ahead, the shortcut below it.
//!
//! ```text
//!  x ─┬─ 3x3 16 ─ bn ─ relu ─ 3x3 16 ─ bn ─┬─ + ─ relu ─ y
//!     └───────────── identity ─────────────┘
//! ```

use skiplayer_deep::describe::block::{Block, Chain, Merge, Shortcut, Step};
use skiplayer_deep::describe::layer::{Conv, Layer};

const WIRE: &str = " ─ ";
/// Columns for a drawing.
const WIDEST: usize = 96;

/// A chain on one line.
pub fn chain(chain: &Chain) -> String {
    line([ends("x"), words(chain), ends("y")])
}

/// A block on one or two lines; entry and exit get lines of their own where it would be too wide.
pub fn block(block: &Block) -> Vec<String> {
    if block.shortcut == Shortcut::None {
        return vec![line([ends("x"), words(&block.entry), words(&block.branch), words(&block.exit), ends("y")])];
    }
    let whole = fork(
        &line([ends("x"), words(&block.entry)]),
        block,
        &line([merge(&block.merge), words(&block.exit), ends("y")]),
    );
    if whole.iter().all(|line| line.chars().count() <= WIDEST) {
        return whole;
    }
    let mut lines = vec![line([ends("x"), words(&block.entry), ends("e")])];
    lines.extend(fork("e", block, &line([merge(&block.merge), ends("m")])));
    lines.push(line([ends("m"), words(&block.exit), ends("y")]));
    lines
}

/// The two ways of `block` between what is before and what is after them.
fn fork(before: &str, block: &Block, after: &str) -> Vec<String> {
    let branch = line([words(&block.branch)]);
    let name = shortcut(&block.shortcut);
    let (ahead, around) = (branch.chars().count(), name.chars().count());
    let inside = ahead.max(around) + 4;
    let left = (inside - 2 - around) / 2;
    let wire = |n: usize| "─".repeat(n);
    vec![
        format!("{before} ─┬─ {branch} {}┬─ {after}", wire(inside - 3 - ahead)),
        format!(
            "{}└{} {name} {}┘",
            " ".repeat(before.chars().count() + 2),
            wire(left),
            wire(inside - 2 - around - left)
        ),
    ]
}

/// The blocks inside the branch of `block`.
pub fn inner(block: &Block) -> impl Iterator<Item = &Block> {
    block.branch.iter().filter_map(|step| match step {
        Step::Block(block) => Some(&**block),
        Step::Layer(..) => None,
    })
}

fn ends(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

fn line<const N: usize>(parts: [Vec<String>; N]) -> String {
    parts.concat().join(WIRE)
}

fn words(chain: &Chain) -> Vec<String> {
    let word = |step: &Step| match step {
        Step::Layer(_, layer) => layer_word(layer),
        Step::Block(block) => format!("[{}]", block.name),
    };
    chain.iter().map(word).collect()
}

fn shortcut(shortcut: &Shortcut) -> String {
    match shortcut {
        Shortcut::None => "no shortcut".to_owned(),
        Shortcut::Identity => "identity".to_owned(),
        Shortcut::ZeroPad { stride: 1, n_outputs } => format!("zeros up to {n_outputs} channels"),
        Shortcut::ZeroPad { stride, n_outputs } => format!("/{stride}, zeros up to {n_outputs} channels"),
        Shortcut::Projection(chain) => line([words(chain)]),
    }
}

fn merge(merge: &Merge) -> Vec<String> {
    let word = match merge {
        Merge::None => return Vec::new(),
        Merge::Add => "+".to_owned(),
        Merge::Concat => "concat".to_owned(),
        Merge::Gate(gate) => format!("gate: {}, sigmoid", conv_word(gate)),
    };
    vec![word]
}

/// `7x7 64 /2`: kernel, channels that leave it, stride.
fn conv_word(conv: &Conv) -> String {
    let stride = if conv.stride > 1 { format!(" /{}", conv.stride) } else { String::new() };
    format!("{0}x{0} {1}{stride}", conv.kernel, conv.n_outputs)
}

fn layer_word(layer: &Layer) -> String {
    match layer {
        Layer::Conv(conv) => conv_word(conv),
        Layer::UpConv { n_outputs, .. } => format!("up 2x2 {n_outputs} *2"),
        Layer::BatchNorm { .. } => "bn".to_owned(),
        Layer::Relu => "relu".to_owned(),
        Layer::MaxPool { kernel, stride, .. } => format!("max {kernel}x{kernel} /{stride}"),
        Layer::AvgPool { kernel } => format!("mean {kernel}x{kernel} /{kernel}"),
        Layer::GlobalAvgPool => "mean".to_owned(),
        Layer::Linear { n_outputs, .. } => format!("linear {n_outputs}"),
        Layer::Scale { .. } => "· scale".to_owned(),
        Layer::Shift => "+ bias".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use skiplayer_deep::describe::family::Family;

    use super::*;

    fn first_blocks(name: &str) -> Vec<Vec<String>> {
        let net = name.parse::<Family>().unwrap().build_default().unwrap();
        net.blocks().map(block).collect()
    }

    #[test]
    fn both_ends_of_a_shortcut_meet_the_branch() {
        for name in skiplayer_deep::describe::family::EXAMPLES {
            for lines in first_blocks(name) {
                assert!(lines.iter().all(|line| line.chars().count() <= WIDEST), "{lines:?}");
                let Some(fork) = lines.iter().position(|line| line.contains('┬')) else { continue };
                let (branch, shortcut) = (&lines[fork], &lines[fork + 1]);
                let column = |line: &str, symbol: char| line.chars().position(|c| c == symbol);
                let last = |line: &str| line.chars().count() - line.chars().rev().position(|c| c == '┬').unwrap() - 1;
                assert_eq!(column(branch, '┬'), column(shortcut, '└'), "{branch}\n{shortcut}");
                assert_eq!(Some(last(branch)), column(shortcut, '┘'), "{branch}\n{shortcut}");
            }
        }
    }

    #[test]
    fn drawings() {
        assert_eq!(
            first_blocks("resnet-20")[0],
            ["x ─┬─ 3x3 16 ─ bn ─ relu ─ 3x3 16 ─ bn ─┬─ + ─ relu ─ y", "   └───────────── identity ─────────────┘",]
        );
        assert_eq!(first_blocks("plain-20")[0], ["x ─ 3x3 16 ─ bn ─ relu ─ 3x3 16 ─ bn ─ relu ─ y"]);
        assert!(first_blocks("highway-20")[0][0].ends_with("┬─ gate: 3x3 16, sigmoid ─ y"));
    }
}
