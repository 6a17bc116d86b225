//! Counts of the papers and of PyTorch, for every kind of network.

use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;

fn network(name: &str) -> Architecture {
    name.parse::<Family>().unwrap_or_else(|e| panic!("{e}")).build_default().unwrap_or_else(|e| panic!("{e}"))
}

/// Name, layers, parameters, and multiply-adds in units of 10^6 rounded as they are published; 0: not published.
///
/// The last five are counted by hand: weights of the plain network of that depth, biases, gates, scales.
///
/// He et al. 2015 and 2016, Zagoruyko & Komodakis 2016, Huang et al. 2017, torchvision.
const PUBLISHED: [(&str, usize, u64, f64); 39] = [
    ("resnet-20", 20, 269_722, 40.55),
    ("resnet-32", 32, 464_154, 68.86),
    ("resnet-44", 44, 658_586, 97.17),
    ("resnet-56", 56, 853_018, 125.49),
    ("resnet-110", 110, 1_727_962, 252.9),
    ("resnet-1202", 1202, 19_421_274, 2829.0),
    ("plain-20", 20, 269_722, 40.55),
    ("plain-110", 110, 1_727_962, 252.9),
    ("resnet-18", 18, 11_689_512, 1810.0),
    ("resnet-34", 34, 21_797_672, 3660.0),
    ("resnet-50", 50, 25_557_032, 3860.0),
    ("resnet-101", 101, 44_549_160, 7570.0),
    ("resnet-152", 152, 60_192_808, 11280.0),
    ("resnet-50-v1.5", 50, 25_557_032, 4090.0),
    ("resnet-101-v1.5", 101, 44_549_160, 7800.0),
    ("resnet-152-v1.5", 152, 60_192_808, 11510.0),
    ("resnet-18-a", 18, 11_515_688, 0.0),
    ("resnet-34-a", 34, 21_623_848, 0.0),
    ("plain-18", 18, 11_515_688, 0.0),
    ("plain-34", 34, 21_623_848, 0.0),
    ("preact-164", 164, 1_703_258, 0.0),
    ("preact-1001", 1001, 10_327_706, 0.0),
    ("wrn-28-10", 26, 36_479_194, 0.0),
    ("wrn-16-4", 14, 2_748_890, 0.0),
    ("densenet-40-12", 40, 1_019_722, 0.0),
    ("densenet-100-12", 100, 6_979_642, 0.0),
    ("densenet-bc-100-12", 100, 769_162, 0.0),
    ("densenet-bc-250-24", 250, 15_324_406, 0.0),
    ("densenet-bc-190-40", 190, 25_624_430, 0.0),
    ("densenet-121", 121, 7_978_856, 0.0),
    ("densenet-161", 161, 28_681_000, 0.0),
    ("densenet-169", 169, 14_149_480, 0.0),
    ("densenet-201", 201, 20_013_928, 0.0),
    ("unet", 23, 31_037_698, 0.0),
    ("highway-32", 32, 901_802, 0.0),
    ("rezero-56", 56, 851_013, 0.0),
    ("fixup-110", 110, 1_720_138, 0.0),
    ("mlp-4-64", 4, 9_217, 0.0),
    ("resmlp-8-64", 8, 26_113, 0.0),
];

#[test]
fn counts_are_those_that_were_published() {
    for (name, n_layers, n_parameters, millions) in PUBLISHED {
        let cost = network(name).cost().unwrap();
        assert_eq!(cost.n_layers, n_layers, "layers of {name}");
        assert_eq!(cost.n_parameters, n_parameters, "parameters of {name}");
        if millions > 0.0 {
            // Half a unit of the last digit given.
            let unit = if millions < 200.0 {
                0.01
            } else if millions < 1000.0 {
                0.1
            } else if millions == 2829.0 {
                1.0
            } else {
                10.0
            };
            let ours = cost.multiply_adds as f64 / 1e6;
            assert!((ours - millions).abs() <= 0.5 * unit, "multiply-adds of {name}: {ours} million");
        }
    }
}

#[test]
fn input_of_another_size() {
    let family: Family = "resnet-20".parse().unwrap();
    let architecture = family.build(Shape::new(1, 28, 28), 100).unwrap();
    assert_eq!(architecture.output().unwrap(), Shape::row(100));
}

#[test]
fn counts_of_networks_that_nobody_could_build_do_not_overflow() {
    let huge = Shape::new(3, 1 << 15, 1 << 15);
    for name in ["densenet-19999-20000", "densenet-bc-19996-20000", "wrn-19996-20000", "unet-8-20000"] {
        let cost = name.parse::<Family>().unwrap().build(huge, 20_000).unwrap().cost().unwrap();
        assert!(cost.multiply_adds > 1 << 60, "{name}");
        assert!(cost.maps_in_training > 1 << 45 && cost.training_bytes() >= cost.maps_in_training, "{name}");
    }
}
