//! Trainings by a request: validation, patience, evaluations now and then, exact statistics; and all of it again after a break.

use burn::tensor::Device;
use skiplayer_deep::data::{Examples, IGNORED, Images, TrainingData};
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::network::Pass;
use skiplayer_deep::recipe::Recipe;
use skiplayer_deep::rng::{Purpose, Stream};
use skiplayer_deep::train::{BatchSource, Batches, EpochRecord, RateTest, Request, Session, Start};

/// Grey images of two classes that differ in brightness, under noise; one label in ten is wrong.
fn images(n: usize, seed: u64) -> Examples {
    let shape = Shape::new(1, 8, 8);
    let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for i in 0..n {
        let class = i % 2;
        let bright = 110.0 + 20.0 * class as f64;
        pixels.extend((0..64).map(|_| (bright + 40.0 * stream.normal()).clamp(0.0, 255.0) as u8));
        labels.push(if stream.uniform() < 0.1 { 1 - class } else { class } as u16);
    }
    Examples::Images(Images::new(shape, pixels, labels, vec!["dark".to_owned(), "light".to_owned()]).unwrap())
}

fn training_data(name: &str, train: Examples, test: Option<Examples>) -> TrainingData {
    TrainingData { name: name.to_owned(), train, validation: None, test, notes: Vec::new(), encoding: None }
}

fn data() -> TrainingData {
    training_data("spots", images(120, 1), Some(images(40, 2)))
}

fn request(changes: &[(&str, &str)]) -> Request {
    let common = [("batch", "20"), ("budget.epochs", "6"), ("augment.pad", "1"), ("augment.flip", "false")];
    let recipe = common
        .iter()
        .chain(changes)
        .fold(Recipe::named("short", 8).unwrap(), |recipe, (key, value)| recipe.set(key, value).unwrap());
    let mut request = Request::new("resnet-8", "spots", recipe);
    request.seed = 4;
    request
}

/// The same training of another network.
fn of_network(name: &str, request: &Request) -> Request {
    let mut request = request.clone();
    name.clone_into(&mut request.network);
    request
}

/// Trains to the end, or to step `until`.
fn train(session: &mut Session, until: u64) -> Vec<EpochRecord> {
    let mut records = Vec::new();
    while !session.is_over(0.0) && session.step() < until {
        let step = session.take_step(0.0).unwrap();
        if session.is_between_epochs() || session.is_over(0.0) {
            records.push(session.close_epoch(step.learning_rate, 0.0).unwrap());
        }
    }
    records
}

#[test]
fn validation_examples_are_held_out_and_choose_an_epoch() {
    let data = data();
    let request = request(&[("validation", "0.25")]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    // 90 of 120 are left for training: four batches of 20.
    assert_eq!(session.plan().steps_per_epoch(), 4);
    let records = train(&mut session, u64::MAX);
    let errors: Vec<f64> = records.iter().map(|record| record.validation_error.unwrap()).collect();
    let lowest = errors.iter().copied().fold(f64::INFINITY, f64::min);
    let best = session.best().unwrap();
    assert_eq!((errors.len(), best.validation_error), (6, lowest));
    assert_eq!(best.epoch, 1.0 + errors.iter().position(|error| *error == lowest).unwrap() as f64);
    // 30 examples: thirtieths.
    assert!(errors.iter().all(|error| (error * 30.0 - (error * 30.0).round()).abs() < 1e-9));
    assert!(!session.is_given_up());
}

#[test]
fn patience_ends_a_training_that_learns_no_more() {
    let data = data();
    // At such a rate no weight changes, and statistics come from the same batches, so no epoch is better than the first.
    // The rate does not rise either, which patience would wait for.
    let changes = [
        ("validation", "0.2"),
        ("patience", "2"),
        ("learning_rate", "1e-12"),
        ("schedule", r#""constant""#),
        ("exact_statistics", "true"),
    ];
    let request = request(&changes);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let records = train(&mut session, u64::MAX);
    assert_eq!((records.len(), session.is_given_up()), (3, true));
    assert_eq!(session.best().unwrap().epoch, 1.0);
}

/// The rate rises to its peak after four of six epochs: patience of one epoch begins there.
#[test]
fn patience_waits_while_the_rate_rises() {
    let data = data();
    let changes = [
        ("validation", "0.2"),
        ("patience", "1"),
        ("learning_rate", "1e-12"),
        ("schedule", r#"{"one_cycle": {"first": 0.01, "peak_at": 0.7, "last": 0}}"#),
    ];
    let request = request(&changes);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let records = train(&mut session, u64::MAX);
    assert!(records.len() >= 5 && session.is_given_up(), "{}", records.len());
}

#[test]
fn evaluations_now_and_then_and_at_the_end() {
    let data = data();
    let request = request(&[("evaluate_every", "4"), ("validation", "0.2")]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let records = train(&mut session, u64::MAX);
    let tested = |record: &EpochRecord| record.test_error.is_some() && record.validation_loss.is_some();
    assert_eq!(records.iter().map(tested).collect::<Vec<_>>(), [false, false, false, true, false, true]);
}

/// After an epoch the statistics are those of the first batches of the training under the weights as they are: of sixteen of them, or of a
/// whole epoch.
#[test]
fn statistics_are_those_of_the_same_batches_after_every_epoch() {
    let data = data();
    let trained = |exact: &str, batch: &str| {
        let request = request(&[("exact_statistics", exact), ("budget.epochs", "2"), ("batch", batch)]);
        let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
        let records = train(&mut session, u64::MAX);
        let expected = |n: u64| {
            let plan = session.plan().clone();
            let normalisation = Some(session.normalisation().clone());
            let batches = Batches::new(&data.train, data.train.indices(), plan, request.seed, normalisation).unwrap();
            let network = session.network();
            let trace = |step| {
                let x = batches.batch(step).unwrap().tensor(network.device()).unwrap();
                network.forward(x, Pass::TRAINING).unwrap().1
            };
            network.with_exact_statistics(&(0..n).map(trace).collect::<Vec<_>>()).unwrap().to_arrays().unwrap()
        };
        let found = session.network().to_arrays().unwrap();
        (records, found, expected(session.plan().steps_per_epoch()), expected(session.plan().steps_per_epoch().min(16)))
    };
    // An epoch of six batches: all of them either way.
    let ((records, found, all, _), (other_records, other_found, ..)) = (trained("true", "20"), trained("false", "20"));
    assert_eq!((&records, &found), (&other_records, &other_found));
    assert_eq!(found, all);
    // An epoch of thirty.
    let (records, found, all, some) = trained("true", "4");
    let (other_records, other_found, ..) = trained("false", "4");
    assert_eq!(found["conv1.weight"], other_found["conv1.weight"]);
    assert_eq!((found, &other_found), (all, &some));
    assert_eq!(records[0], other_records[0]);
    assert_ne!(records[1].test_loss, other_records[1].test_loss);
}

/// The normalisation that a network was trained with is not fitted anew on what is at hand.
#[test]
fn a_normalisation_is_kept() {
    let (data, other) = (data(), training_data("spots", images(120, 7), Some(images(40, 2))));
    let request = request(&[]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    train(&mut session, 3);
    let known = session.normalisation().clone();
    assert_ne!(*Session::begin(&request, &other, &Device::flex()).unwrap().normalisation(), known);
    let (state, arrays) = session.to_parts(0.0).unwrap();
    let resumed = Session::resume(&request, &other, state, arrays, &Device::flex()).unwrap();
    assert_eq!(*resumed.normalisation(), known);
    let begun = Session::begin(&request, &other, &Device::flex()).unwrap();
    assert_eq!(*begun.starting_from(session.network(), &known).unwrap().normalisation(), known);
}

/// Classes of the same number and other names are not the classes that a network learned.
#[test]
fn a_training_goes_on_with_its_own_classes_only() {
    let data = data();
    let request = request(&[]);
    let session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let (state, arrays) = session.to_parts(0.0).unwrap();
    let Examples::Images(train) = &data.train else { panic!("rows") };
    let renamed = ["dark", "pale"].map(str::to_owned).to_vec();
    let renamed = Images::new(train.shape(), train.pixels().to_vec(), train.labels().to_vec(), renamed).unwrap();
    let renamed = training_data("spots", Examples::Images(renamed), None);
    let error = Session::resume(&request, &renamed, state, arrays, &Device::flex()).err().unwrap().to_string();
    assert!(error.contains("found dark, pale, expected what the network was trained on: dark, light"), "{error}");
}

/// Examples that the data set itself has for validation are used whole, and nothing is held out for it.
#[test]
fn a_data_set_may_bring_its_own_validation() {
    let data = TrainingData { validation: Some(images(30, 5)), ..data() };
    let request = request(&[("budget.epochs", "1"), ("validation", "0.5")]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    assert_eq!((session.validates(), session.plan().steps_per_epoch()), (true, 6));
    let error = train(&mut session, u64::MAX)[0].validation_error.unwrap();
    assert!((error * 30.0 - (error * 30.0).round()).abs() < 1e-9);
}

/// A training in one piece, and one of which all that was kept after `step` steps went on in another session, with the same records.
fn whole_and_broken_off<'a>(request: &'a Request, data: &'a TrainingData, step: u64) -> (Session<'a>, Session<'a>) {
    let mut whole = Session::begin(request, data, &Device::flex()).unwrap();
    let records = train(&mut whole, u64::MAX);
    let mut first = Session::begin(request, data, &Device::flex()).unwrap();
    let mut again = train(&mut first, step);
    let (state, arrays) = first.to_parts(0.0).unwrap();
    let state = serde_json::from_str(&state.to_string()).unwrap();
    let mut second = Session::resume(request, data, state, arrays, &Device::flex()).unwrap();
    again.extend(train(&mut second, u64::MAX));
    assert_eq!(records, again);
    (whole, second)
}

#[test]
fn what_validation_knows_survives_a_break() {
    let data = data();
    let request = request(&[("validation", "0.2"), ("patience", "1"), ("parts", "2"), ("exact_statistics", "true")]);
    let (whole, second) = whole_and_broken_off(&request, &data, 6);
    assert_eq!((whole.best(), whole.is_given_up(), whole.step()), (second.best(), second.is_given_up(), second.step()));
    assert_eq!(whole.network().to_arrays().unwrap(), second.network().to_arrays().unwrap());
}

/// Half of the examples are gone when the training goes on: epochs are shorter from there on, and their number is what was asked for.
#[test]
fn a_training_goes_on_with_fewer_examples() {
    let (data, fewer) = (data(), training_data("spots", images(70, 1), Some(images(40, 2))));
    let few = training_data("spots", images(12, 1), None);
    let request = request(&[("validation", "0.25")]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    // Two epochs of four steps, and two steps of the third.
    train(&mut session, 10);
    let (state, arrays) = session.to_parts(0.0).unwrap();
    let resume = |request: &Request, data| {
        Session::resume(request, data, state.clone(), arrays.clone(), &Device::flex()).map(|mut session| {
            let records = train(&mut session, u64::MAX);
            (records.iter().map(|record| record.epoch).collect::<Vec<_>>(), session.step())
        })
    };
    assert_eq!(resume(&request, &data).unwrap(), (vec![3.0, 4.0, 5.0, 6.0], 24));
    // 52 of 70 are learned from: two steps an epoch, the third from its beginning.
    assert_eq!(resume(&request, &fewer).unwrap(), (vec![3.0, 4.0, 5.0, 6.0], 10 + 4 * 2));
    // Nine are left, which is less than a batch.
    assert!(resume(&request, &few).is_err());
    let mut small = request.clone();
    let said = small.fit_batch(&few).unwrap().unwrap();
    assert!(said.starts_with("batches of 9 instead of 20"), "{said}");
    assert_eq!((small.fit_batch(&few).unwrap(), small.recipe.batch), (None, 9));
    assert_eq!(resume(&small, &few).unwrap(), (vec![3.0, 4.0, 5.0, 6.0], 10 + 4));
}

/// Weights of a network for other classes begin a training in all layers but the last, which the seed draws.
#[test]
fn weights_of_a_network_for_other_classes_begin_a_training() {
    let data = data();
    let request = request(&[]);
    let mut known = Session::begin(&request, &data, &Device::flex()).unwrap();
    train(&mut known, 3);
    let (state, arrays) = known.to_parts(0.0).unwrap();
    let start = Start::of_training(state, arrays, &Device::flex()).unwrap();
    assert_eq!(start.outputs.as_deref(), Some(&["dark", "light"].map(str::to_owned)[..]));
    let three = || {
        let Examples::Images(images) = images(60, 5) else { panic!("rows") };
        let labels = (0..60).map(|i| i % 3).collect();
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        Examples::Images(Images::new(images.shape(), images.pixels().to_vec(), labels, classes).unwrap())
    };
    let other = training_data("letters", three(), None);
    let fresh = Session::begin(&request, &other, &Device::flex()).unwrap();
    let drawn = fresh.network().to_arrays().unwrap();
    let (session, has_new_head) = fresh.initialised(&start).unwrap();
    let (begun, trained) = (session.network().to_arrays().unwrap(), known.network().to_arrays().unwrap());
    assert!(has_new_head);
    for (name, array) in &begun {
        let source = if name.starts_with("fc.") { &drawn } else { &trained };
        assert_eq!(array, &source[name], "{name}");
    }
    assert_eq!(session.normalisation(), known.normalisation());
    // For the same classes all of it is the other's.
    let (same, has_new_head) = Session::begin(&request, &data, &Device::flex()).unwrap().initialised(&start).unwrap();
    assert!(!has_new_head && same.network().to_arrays().unwrap() == trained);
    let deeper = of_network("resnet-14", &request);
    let refused = Session::begin(&deeper, &data, &Device::flex()).unwrap().initialised(&start).err().unwrap();
    assert!(refused.to_string().contains("found weights of resnet-8, expected those of resnet-14"));
}

/// The rate that the test proposes is one that lowers the loss.
#[test]
fn a_rate_test_finds_a_rate_that_learns() {
    let data = data();
    let request = request(&[]);
    let test = || {
        let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
        let mut test = RateTest::new(1e-5, 100.0, 60);
        while session.take_test_step(&mut test).unwrap() {}
        test
    };
    let found = test();
    assert_eq!(found.points, test().points);
    let rate = found.proposed().unwrap();
    assert!(rate > 1e-5 && rate < 10.0, "{rate}");
    let mut request = request.clone();
    request.recipe.learning_rate = rate;
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let before = session.training_score().unwrap().loss;
    train(&mut session, u64::MAX);
    assert!(session.training_score().unwrap().loss < before);
}

/// A batch of one, maps of one pixel, a part of one: learned from where norms see more than one value, and refused with the reason otherwise.
#[test]
fn few_values_are_learned_from_or_refused() {
    let data = data();
    let begin = |changes: &[(&str, &str)]| {
        let request = request(changes);
        Session::begin(&request, &data, &Device::flex()).map(|mut session| train(&mut session, 2))
    };
    begin(&[("batch", "1")]).unwrap();
    let pixel = |i: usize| [10 + 200 * (i % 2) as u8];
    let pixels: Vec<u8> = (0..40).flat_map(pixel).collect();
    let labels = (0..40).map(|i| i % 2).collect();
    let classes = ["dark", "light"].map(str::to_owned).to_vec();
    let small = Images::new(Shape::new(1, 1, 1), pixels, labels, classes).unwrap();
    let small = training_data("pixels", Examples::Images(small), None);
    let of_pixels = |changes: &[(&str, &str)]| {
        let changes = [&[("augment.pad", "0")][..], changes].concat();
        let request = request(&changes);
        Session::begin(&request, &small, &Device::flex()).map(|mut session| {
            let last = train(&mut session, u64::MAX).pop().unwrap();
            last.train_error
        })
    };
    // One pixel is enough to tell dark from light.
    assert_eq!(of_pixels(&[("batch", "20"), ("budget.epochs", "20")]).unwrap(), 0.0);
    let refused = |changes: &[(&str, &str)]| of_pixels(changes).unwrap_err().to_string();
    assert!(refused(&[("batch", "1")]).contains("one value has no variance"));
    assert!(refused(&[("batch", "5"), ("parts", "3")]).contains("5 in 3 parts, one of which is a single example"));
    // The last batch of an epoch is whole: what is left over comes in another epoch.
    assert!(of_pixels(&[("batch", "13"), ("budget.epochs", "1")]).is_ok());
}

#[test]
fn one_class_is_nothing_to_learn() {
    let Examples::Images(two) = images(40, 1) else { panic!("rows") };
    let one = Images::new(two.shape(), two.pixels().to_vec(), vec![0; 40], vec!["dark".to_owned()]).unwrap();
    let one = training_data("spots", Examples::Images(one), None);
    let error = Session::begin(&request(&[]), &one, &Device::flex()).err().unwrap().to_string();
    assert!(error.starts_with("spots: found one class, dark, expected at least two"), "{error}");
}

#[test]
fn no_training_examples_left() {
    let data = data();
    let refused =
        |changes: &[(&str, &str)]| Session::begin(&request(changes), &data, &Device::flex()).err().unwrap().to_string();
    assert!(refused(&[("validation", "0.999")]).contains("validation examples: found 120, expected at most 119"));
    assert!(refused(&[("validation", "0.9")]).contains("recipe, batch: found 20 for 12 training images"));
}

/// Grey images with a bright square on a dark ground under noise; the mask says where the square is. A corner counts for nothing.
fn squares(n: usize, seed: u64) -> Examples {
    let shape = Shape::new(1, 8, 8);
    let mut stream = Stream::new(seed, Purpose::Noise, 1, 0);
    let (mut pixels, mut masks) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let (top, left) = (stream.below(5) as usize, stream.below(5) as usize);
        for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
            let is_square = (top..top + 4).contains(&y) && (left..left + 4).contains(&x);
            let bright = if is_square { 160.0 } else { 100.0 };
            pixels.push((bright + 40.0 * stream.normal()).clamp(0.0, 255.0) as u8);
            masks.push(if (y, x) == (0, 0) { IGNORED } else { u16::from(is_square) });
        }
    }
    let classes = vec!["ground".to_owned(), "square".to_owned()];
    Examples::Images(Images::with_masks(shape, pixels, masks, classes).unwrap())
}

fn of_squares(changes: &[(&str, &str)]) -> (Request, TrainingData) {
    let data = training_data("squares", squares(120, 1), Some(squares(20, 2)));
    let changes = [&[("batch", "15"), ("budget.epochs", "10"), ("augment.flip", "true")][..], changes].concat();
    (of_network("unet-2-8", &request(&changes)), data)
}

/// A threshold of single pixels is wrong for nearly a quarter of them: where a square is shows in its surroundings.
#[test]
fn masks_are_learned_from_a_few_images() {
    let (request, data) = of_squares(&[]);
    let mut session = Session::begin(&request, &data, &Device::flex()).unwrap();
    let before = session.test_score().unwrap().unwrap();
    assert_eq!((before.n, session.predicts_masks()), (20 * 63, true));
    let records = train(&mut session, u64::MAX);
    let last = records.last().unwrap();
    assert!(last.test_error.unwrap() < 0.1 && last.test_mean_iou.unwrap() > 0.75, "{before:?}, {last:?}");
    assert!(
        before.mean_iou().unwrap() < 0.5 && last.train_loss < 0.5 * records[0].train_loss,
        "{before:?}, {records:?}"
    );
}

#[test]
fn masks_are_learned_bit_for_bit_after_a_break() {
    let changes = [
        ("validation", "0.2"),
        ("parts", "2"),
        ("label_smoothing", "0.1"),
        ("exact_statistics", "true"),
        ("budget.epochs", "4"),
    ];
    let (request, data) = of_squares(&changes);
    let (whole, second) = whole_and_broken_off(&request, &data, 5);
    assert_eq!(whole.network().to_arrays().unwrap(), second.network().to_arrays().unwrap());
}

#[test]
fn networks_that_tell_something_else_are_refused() {
    let (request, data) = of_squares(&[]);
    let refused = |name: &str, data: &TrainingData| {
        let request = of_network(name, &request);
        Session::begin(&request, data, &Device::flex()).err().unwrap().to_string()
    };
    let message = refused("resnet-8", &data);
    assert!(
        message.starts_with("outputs of resnet-8: found 2, expected 2x8x8") && message.contains("unet"),
        "{message}"
    );
    let labelled = TrainingData { train: images(40, 1), test: None, ..data };
    let message = refused("unet-2-8", &labelled);
    assert!(message.starts_with("outputs of unet-2-8: found 2x8x8, expected 2, one row"), "{message}");
}
