//! Which images are for training, for validation, for a small experiment.

use skiplayer::{Error, Result};

use super::{Images, Labelled};
use crate::rng::{Purpose, Stream};

/// Indices of images in two parts, each in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub held_out: Vec<u32>,
}

/// Holds out `n_held_out` of `n` images at random, as the paper does for validation: 5,000 of CIFAR's 50,000.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if no image would be left for training.
pub fn random_split(n: usize, n_held_out: usize, seed: u64) -> Result<Split> {
    check_size("validation examples", n_held_out, n.saturating_sub(1))?;
    let mut order: Vec<u32> = (0..n as u32).collect();
    Stream::new(seed, Purpose::Split, 0, 0).shuffle(&mut order);
    let mut train = order.split_off(n_held_out);
    order.sort_unstable();
    train.sort_unstable();
    Ok(Split { train, held_out: order })
}

/// Holds out `n_held_out` of the images `among`, from each class as nearly in proportion as whole numbers allow.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if no image would be left for training.
///
/// # Panics
/// If `among` names an image that is not there, or if images have masks instead of a class.
pub fn stratified_split(images: &Images, among: &[u32], n_held_out: usize, seed: u64) -> Result<Split> {
    assert_eq!(images.labelled(), Labelled::Image, "what has many classes is in none");
    split_by_class(images.labels(), images.classes().len(), among, n_held_out, seed)
}

/// The same of examples whose classes are `labels`.
pub(super) fn split_by_class(
    labels: &[u16],
    n_classes: usize,
    among: &[u32],
    n_held_out: usize,
    seed: u64,
) -> Result<Split> {
    check_size("validation examples", n_held_out, among.len().saturating_sub(1))?;
    let (held_out, train) = choose_stratified(labels, n_classes, among, n_held_out, seed, Purpose::Split);
    Ok(Split { train, held_out })
}

/// `n` of the examples `among`, whose classes are `labels`, from each class as nearly in proportion as whole numbers allow, in
/// ascending order.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there are not so many.
///
/// # Panics
/// If `among` names an example that is not there.
pub fn stratified_subset(labels: &[u16], n_classes: usize, among: &[u32], n: usize, seed: u64) -> Result<Vec<u32>> {
    check_size("examples of a subset", n, among.len())?;
    Ok(choose_stratified(labels, n_classes, among, n, seed, Purpose::Subset).0)
}

/// `n` of `n_all` examples, in ascending order.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there are not so many.
pub fn random_subset(n_all: usize, n: usize, seed: u64) -> Result<Vec<u32>> {
    check_size("examples of a subset", n, n_all)?;
    let mut order: Vec<u32> = (0..n_all as u32).collect();
    Stream::new(seed, Purpose::Subset, 0, 0).shuffle(&mut order);
    order.truncate(n);
    order.sort_unstable();
    Ok(order)
}

fn check_size(what: &str, found: usize, most: usize) -> Result<()> {
    if found > most {
        return Err(Error::input(what, found.to_string()).expected(format!("at most {most}")));
    }
    Ok(())
}

/// The chosen and the others.
fn choose_stratified(
    labels: &[u16],
    n_classes: usize,
    among: &[u32],
    n: usize,
    seed: u64,
    purpose: Purpose,
) -> (Vec<u32>, Vec<u32>) {
    let mut members = vec![Vec::new(); n_classes];
    for &i in among {
        members[usize::from(labels[i as usize])].push(i);
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    for ((class, mut members), quota) in members.into_iter().enumerate().zip(quotas(&sizes, n)) {
        members.sort_unstable();
        Stream::new(seed, purpose, 0, class as u32).shuffle(&mut members);
        others.extend(members.split_off(quota));
        chosen.extend(members);
    }
    chosen.sort_unstable();
    others.sort_unstable();
    (chosen, others)
}

/// `n` seats for parties of `sizes` voters by largest remainders; among equal remainders the first class comes first.
fn quotas(sizes: &[usize], n: usize) -> Vec<usize> {
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let share = |size: usize| size as u128 * n as u128;
    let mut quotas: Vec<usize> = sizes.iter().map(|&size| (share(size) / total) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(share(sizes[class]) % total));
    let n_left = n - quotas.iter().sum::<usize>();
    by_remainder.iter().take(n_left).for_each(|&class| quotas[class] += 1);
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use proptest::prelude::*;

    fn labelled(labels: Vec<u16>) -> Images {
        let shape = Shape { height: 1, width: 1, channels: 1 };
        Images::new(shape, vec![0; labels.len()], labels, (0..10).map(|c| c.to_string()).collect()).unwrap()
    }

    #[test]
    fn the_split_of_the_paper() {
        let split = random_split(50_000, 5_000, 0).unwrap();
        assert_eq!((split.train.len(), split.held_out.len()), (45_000, 5_000));
        let mut all = [split.train.clone(), split.held_out.clone()].concat();
        assert!(split.train.is_sorted() && split.held_out.is_sorted());
        all.sort_unstable();
        assert!(all.into_iter().eq(0..50_000));
        assert_ne!(random_split(50_000, 5_000, 1).unwrap(), split);
        // Held-out images are everywhere: each tenth of the file has 500, give or take five standard deviations.
        for tenth in 0..10 {
            let n = split.held_out.iter().filter(|&&i| i / 5_000 == tenth).count();
            assert!((395..605).contains(&n), "{n}");
        }
    }

    #[test]
    fn nothing_left_for_training_is_an_error() {
        let error = random_split(10, 10, 0).unwrap_err().to_string();
        assert_eq!(error, "validation examples: found 10, expected at most 9");
        let images = labelled(vec![0; 10]);
        assert!(stratified_split(&images, &images.indices(), 10, 0).is_err());
        assert!(stratified_subset(images.labels(), images.classes().len(), &images.indices(), 11, 0).is_err());
        assert_eq!(
            stratified_subset(images.labels(), images.classes().len(), &images.indices(), 10, 0).unwrap(),
            images.indices()
        );
    }

    /// Results of old runs depend on these: they may never change.
    #[test]
    fn splits_stay_what_they_are() {
        let images = labelled((0..30).map(|i| i % 3).collect());
        assert_eq!(random_split(12, 4, 1).unwrap().held_out, [2, 5, 6, 9]);
        assert_eq!(stratified_split(&images, &images.indices(), 6, 1).unwrap().held_out, [10, 11, 12, 15, 19, 29]);
        assert_eq!(
            stratified_subset(images.labels(), images.classes().len(), &images.indices(), 6, 1).unwrap(),
            [0, 13, 17, 22, 23, 24]
        );
    }

    proptest! {
        #[test]
        fn classes_keep_their_shares(labels in prop::collection::vec(0u16..10, 2..200), fraction in 0.0..1.0, seed: u64) {
            let images = labelled(labels.clone());
            let among: Vec<u32> = (0..labels.len() as u32).filter(|i| i % 4 != 3).collect();
            let n = (fraction * (among.len() - 1) as f64) as usize;
            let split = stratified_split(&images, &among, n, seed).unwrap();
            prop_assert_eq!(split.held_out.len(), n);
            let mut all = [split.train.clone(), split.held_out.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(&all, &among);
            for class in 0..10 {
                let count = |indices: &[u32]| indices.iter().filter(|&&i| labels[i as usize] == class).count() as f64;
                let exact = count(&among) * n as f64 / among.len() as f64;
                prop_assert!((count(&split.held_out) - exact).abs() < 1.0);
            }
        }
    }
}
