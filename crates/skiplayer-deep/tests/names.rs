//! Names are read, printed back, and never guessed silently.

use skiplayer_deep::describe::family::{EXAMPLES, Family};

fn read(name: &str) -> Result<Family, String> {
    name.parse().map_err(|error: skiplayer::Error| error.to_string())
}

#[test]
fn every_example_is_its_own_name_and_builds() {
    for name in EXAMPLES {
        let family = read(name).unwrap();
        assert_eq!(family.to_string(), name);
        assert_eq!(family.build_default().unwrap().name, name);
    }
}

#[test]
fn one_network_has_one_name() {
    let cases = [
        ("CIFAR-ResNet-20", "resnet-20"),
        ("cifar-resnet-50", "cifar-resnet-50"),
        ("resnet-34-b", "resnet-34"),
        ("resnet-20-a", "resnet-20"),
        ("resnet-50-bottleneck", "resnet-50"),
        ("resnet-50-c-v1.5", "resnet-50-v1.5-c"),
        ("resnet-110-sd0.5", "resnet-110-sd"),
        ("preact-164-bottleneck", "preact-164"),
        ("unet-4-64", "unet"),
    ];
    for (written, name) in cases {
        assert_eq!(read(written).unwrap().to_string(), name);
        assert_eq!(read(name), read(written));
    }
    assert_ne!(read("resnet-50"), read("cifar-resnet-50"));
    assert_ne!(read("resnet-164"), read("resnet-164-bottleneck"));
}

#[test]
fn what_means_nothing_is_refused_with_the_nearest_name() {
    let cases = [
        ("resnet-111", "`resnet-110`"),
        ("resnet-19", "`resnet-18`"),
        ("plain-57", "`plain-56`"),
        ("densenet-bc-101-12", "`densenet-bc-100-12`"),
        ("densenet-120", "`densenet-121`"),
        ("wrn-27-10", "`wrn-28-10`"),
        ("cifar-resnet-51", "`cifar-resnet-50`"),
        ("resnet20", "`resnet-20`"),
        ("resnext-50", "`resnet-50`"),
        ("u-net", "`unet`"),
        ("mlp-5-64", "`mlp-4-64`"),
    ];
    for (name, nearest) in cases {
        let message = read(name).unwrap_err();
        assert!(message.contains(&format!("found `{name}`")), "{message}");
        assert!(message.contains(&format!("the nearest is {nearest}")), "{message}");
    }
    let others = [
        "",
        "-",
        "resnet",
        "resnet-",
        "resnet-+20",
        "resnet-20-x",
        "resnet-20-a-b",
        "resnet-34-a-a",
        "resnet-34-v1.5",
        "plain-34-a",
        "plain-20-sd",
        "highway-32-sd",
        "resnet-20-sd0",
        "resnet-20-sd1.5",
        "resnet-20-sdx",
        "resnet-2",
        "resnet-2000000000000000000000000",
        "resnet-6000002",
        "wrn-28-0",
        "unet-9-64",
        "mlp-4-99999",
        "é-20",
    ];
    for name in others {
        assert!(read(name).unwrap_err().contains("the nearest is"), "{name}");
    }
    let long = read(&"resnet-".repeat(10_000)).unwrap_err();
    assert!(long.len() < 1000, "{long}");
}
