//! The loss of maps with pixels that are ignored, and its gradient.

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer_deep::data::IGNORED;
use skiplayer_deep::data::Targets;
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::Loss;

use crate::digest::*;

#[test]
fn cross_entropy_of_maps_as_in_pytorch() {
    let shape = Shape::new(CLASSES, 3, 5);
    let outputs: Vec<f32> = values("maps", N * shape.size() as usize).into_iter().map(|value| 4.0 * value).collect();
    let class = |i: usize| match (i * i + i / 7) % (CLASSES + 1) {
        CLASSES => IGNORED,
        class => class as u16,
    };
    let targets = Targets::Classes((0..N * 15).map(class).collect());
    for smoothing in ["0.0", "0.1"] {
        let expected = &GOLDEN["maps"][smoothing];
        let loss = Loss::CrossEntropy { smoothing: smoothing.parse().unwrap() };
        let outputs = TensorData::new(outputs.clone(), [N, CLASSES, 3, 5]);
        let outputs = Tensor::<4>::from_data(outputs, &Device::flex()).autodiff().require_grad();
        let value = loss.value(outputs.clone(), loss.expected_outputs(&targets, N, shape).unwrap()).unwrap();
        let gradient = numbers(&outputs.grad(&value.backward()).unwrap()).unwrap();
        let (ours, theirs) = (f64::from(numbers(&value.inner()).unwrap()[0]), expected["loss"].as_f64().unwrap());
        assert!((ours - theirs).abs() <= 1e-6 * theirs, "{ours}, PyTorch has {theirs}");
        same("maps", "gradient", &gradient, &expected["gradient"], 1e-5, 0.0);
    }
}
