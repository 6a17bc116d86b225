//! The names of other programs as those of torchvision, which are ours.

use super::source::Source;

/// What wrappers put before all names.
const PREFIXES: [&str; 8] = ["module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "encoder.", "resnet."];

/// `names` without what stands before all of them, and what that was.
pub fn without_prefix(names: &[&str]) -> (Vec<String>, String) {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut gone = String::new();
    while let Some(prefix) =
        PREFIXES.iter().find(|prefix| !names.is_empty() && names.iter().all(|name| name.starts_with(**prefix)))
    {
        names.iter_mut().for_each(|name| *name = name[prefix.len()..].to_owned());
        gone += prefix;
    }
    (names, gone)
}

/// What a tensor of `source` is called here. A name that means nothing there stays.
pub fn ours(source: Source, name: &str) -> String {
    match source {
        Source::Torchvision | Source::Own => name.to_owned(),
        Source::Cifar => name.replace(".shortcut.", ".downsample.").replace("linear.", "fc."),
        Source::HuggingFace => of_hugging_face(name).unwrap_or_else(|| name.to_owned()),
    }
}

fn of_hugging_face(name: &str) -> Option<String> {
    let name = name.strip_prefix("resnet.").unwrap_or(name);
    let words: Vec<&str> = name.split('.').collect();
    let number = |word: &str| word.parse::<usize>().ok();
    match words[..] {
        ["embedder", "embedder", "convolution", what] => Some(format!("conv1.{what}")),
        ["embedder", "embedder", "normalization", what] => Some(format!("bn1.{what}")),
        ["classifier", "1", what] => Some(format!("fc.{what}")),
        ["encoder", "stages", stage, "layers", block, "shortcut", layer, what] => {
            let layer = if layer == "convolution" { 0 } else { 1 };
            Some(format!("layer{}.{block}.downsample.{layer}.{what}", number(stage)? + 1))
        }
        ["encoder", "stages", stage, "layers", block, "layer", layer, kind, what] => {
            let kind = if kind == "convolution" { "conv" } else { "bn" };
            Some(format!("layer{}.{block}.{kind}{}.{what}", number(stage)? + 1, number(layer)? + 1))
        }
        _ => None,
    }
}

/// Which source calls tensors like this.
pub fn source_of(names: &[String]) -> Source {
    let has = |words: &str| names.iter().any(|name| name.contains(words));
    if has("embedder.embedder.") || has("encoder.stages.") || has("classifier.1.") {
        Source::HuggingFace
    } else if has(".shortcut.") || names.iter().any(|name| name.starts_with("linear.")) {
        Source::Cifar
    } else {
        Source::Torchvision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_wrappers_go_where_all_names_have_them() {
        let (names, gone) = without_prefix(&["module._orig_mod.conv1.weight", "module._orig_mod.fc.bias"]);
        assert_eq!(
            (names, gone.as_str()),
            (vec!["conv1.weight".to_owned(), "fc.bias".to_owned()], "module._orig_mod.")
        );
        assert_eq!(without_prefix(&["module.a", "b"]).1, "");
        assert_eq!(without_prefix(&[]).1, "");
    }

    #[test]
    fn names_of_all_sources() {
        for (source, theirs, name) in [
            (Source::Cifar, "layer2.0.shortcut.0.weight", "layer2.0.downsample.0.weight"),
            (Source::Cifar, "linear.bias", "fc.bias"),
            (Source::HuggingFace, "resnet.embedder.embedder.normalization.running_var", "bn1.running_var"),
            (Source::HuggingFace, "encoder.stages.3.layers.1.layer.2.convolution.weight", "layer4.1.conv3.weight"),
            (
                Source::HuggingFace,
                "resnet.encoder.stages.0.layers.0.shortcut.normalization.bias",
                "layer1.0.downsample.1.bias",
            ),
            (Source::HuggingFace, "classifier.1.weight", "fc.weight"),
            (Source::Torchvision, "layer1.0.conv1.weight", "layer1.0.conv1.weight"),
        ] {
            assert_eq!(ours(source, theirs), name);
            assert_eq!(source_of(&[theirs.to_owned(), "conv1.weight".to_owned()]), source, "{theirs}");
        }
    }
}
