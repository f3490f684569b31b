use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::OpenError;

/// For the box alone.
pub(crate) const SECRET: u32 = 0o600;
/// For who may look into the folder.
pub(crate) const PUBLIC: u32 = 0o644;

/// A file's old content or all of the new, whenever the power goes.
pub(crate) fn write(folder: &Path, name: &str, text: &str, mode: u32) -> Result<(), OpenError> {
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    let written = (|| {
        // It would keep its mode.
        remove_if_there(&new)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()
    })();
    written.map_err(|source| OpenError::File { path, source })
}

/// Makes a folder with all that `fill` puts into it, or none.
pub(crate) fn make_folder(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let new = folder.with_extension("new");
    let at = |path: &Path| {
        let path = PathBuf::from(path);
        |source| OpenError::File { path, source }
    };
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&new)(error)),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&new).map_err(at(&new))?;
    fill(&new)?;
    fs::rename(&new, folder).map_err(at(folder))?;
    let parent = folder.parent().unwrap_or(folder);
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(at(parent))
}

/// Whether nothing was ever put there.
pub(crate) fn is_absent_or_empty(folder: &Path) -> Result<bool, OpenError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(OpenError::File { path: folder.into(), source }),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
