//! Running the binary in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is gone when dropped; commands run inside it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with one file in it.
    pub fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write(name, bytes);
        folder
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Fits are not evaluated unless `--folds` says so: that takes ten times as long.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skiplayer"));
        if args.first() == Some(&"fit") && !args.contains(&"--folds") && !args.contains(&"--no-evaluate") {
            command.args(["fit", "--no-evaluate"]).args(&args[1..]);
        } else {
            command.args(args);
        }
        command.current_dir(self.0.path());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        Done::from(self.command(args).output().unwrap(), args)
    }
}

/// What a command left behind. Never a panic.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    pub fn from(output: Output, args: &[&str]) -> Self {
        let done = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!done.stderr.contains("panicked"), "{args:?}: {done:?}");
        assert!([0, 1, 2].contains(&done.code), "{args:?}: {done:?}");
        done
    }

    /// It must have worked.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// One JSON object and nothing else on stdout.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let done = self.ok();
        let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"));
        assert!(value.is_object());
        value
    }

    /// One paragraph on stderr, exit code 2, nothing on stdout.
    #[track_caller]
    pub fn refused(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{self:?}");
        let errors: Vec<&str> = self.stderr.lines().filter(|line| !line.starts_with("warning: ")).collect();
        assert_eq!(errors.len(), 1, "{self:?}");
        errors[0].strip_prefix("error: ").unwrap_or_else(|| panic!("{self:?}"))
    }
}

/// `data/<name>` of the repository.
pub fn data(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    folder.join(name).canonicalize().unwrap().display().to_string()
}

/// A header and `n` rows of `row`.
pub fn csv(header: &str, n: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = (0..n).map(row).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

/// Uniform numbers from -0.5 to 0.5 without pattern, the same every time (SplitMix64).
pub fn noise(i: usize, stream: usize) -> f64 {
    let mut z = ((i as u64) << 20 | stream as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

/// y = 3 + 2 a - b + noise, and a category that shifts it.
pub fn plain_table(n: usize) -> String {
    csv("a,b,kind,y", n, |i| {
        let (a, b, shift) = (noise(i, 1), noise(i, 2), (i % 3) as f64);
        format!("{a},{b},{},{}", ["red", "green", "blue"][i % 3], 3.0 + 2.0 * a - b + shift + 0.1 * noise(i, 3))
    })
}
