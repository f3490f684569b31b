use std::{
    ffi::OsStr,
    fs::File,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A file system of the test's own, unmounted when dropped.
#[derive(Debug)]
pub struct Disk {
    mount_point: TempDir,
    image: Option<PathBuf>,
}

impl Disk {
    /// A small one in memory. None, with words on the output, where mounting is not allowed: such a
    /// test is skipped.
    pub fn in_memory(size_mb: u32) -> Option<Self> {
        let mount_point = tempfile::tempdir().unwrap();
        let options = format!("size={size_mb}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(mount_point.path());
        let output = mount.output().unwrap();
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            // Past the capture of a test's output: a skipped test must be seen.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: this test mounts file systems, which needs root: {}",
                why.trim()
            );
            return None;
        }
        Some(Self { mount_point, image: None })
    }

    /// The ext4 in that file, on a loop device that is released with the mount.
    pub fn ext4(image: &Path) -> Self {
        let mount_point = tempfile::tempdir().unwrap();
        let options = [OsStr::new("-t"), "ext4".as_ref(), "-o".as_ref(), "loop".as_ref()];
        command("mount", options.into_iter().chain([image.as_ref(), mount_point.path().as_ref()]));
        Self { mount_point, image: Some(image.into()) }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.mount_point.path()
    }

    /// Takes all room that is left, but for so much, until the file that it returns is removed.
    pub fn fill(&self, left_bytes: u64) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).unwrap();
        let mut fill = std::iter::repeat_with(|| file.write_all(&[1; 4096]));
        let full = fill.find_map(Result::err).unwrap();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        file.set_len(file.metadata().unwrap().len() - left_bytes).unwrap();
        path
    }

    /// Lets no write through.
    #[must_use]
    pub fn freeze(&self) -> Frozen<'_> {
        command("fsfreeze", [OsStr::new("--freeze"), self.path().as_ref()]);
        Frozen(self.path())
    }

    /// The name of the loop device below it, without `/dev/`.
    pub fn loop_device(&self) -> String {
        let image = self.image.as_ref().expect("only an ext4 has a loop device");
        let list = [OsStr::new("-n"), "-O".as_ref(), "NAME".as_ref(), "-j".as_ref()];
        let name = command("losetup", list.into_iter().chain([image.as_ref()]));
        name.trim().trim_start_matches("/dev/").to_owned()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.path()).output().unwrap();
        let why = String::from_utf8_lossy(&unmounted.stderr);
        if !unmounted.status.success() {
            // Detached at least, so that nothing is left once the last user has ended.
            let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
            assert!(std::thread::panicking(), "{}", why.trim());
        }
    }
}

/// No write gets through to that file system until this is dropped. A process that writes to it can't
/// be killed until then: it must be dropped first.
#[derive(Debug)]
pub struct Frozen<'a>(&'a Path);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        command("fsfreeze", [OsStr::new("--unfreeze"), self.0.as_ref()]);
    }
}

/// Makes an ext4 in a file. All of it is written now, so that nothing is left for later.
pub fn format_ext4(image: &Path) {
    let now = "lazy_itable_init=0,lazy_journal_init=0,nodiscard";
    let options = ["-q", "-F", "-b", "4096", "-m", "0", "-E", now];
    command("mkfs.ext4", options.iter().map(OsStr::new).chain([image.as_ref()]));
}

/// Runs a program that must succeed; what it printed.
pub fn command<'a>(program: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
