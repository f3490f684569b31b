use std::{fmt, fs, time::Duration};

use serde::Serialize;

use crate::failure::Failure;

/// `/proc` counts CPU time in these, on every Linux: its USER_HZ.
const TICKS_PER_SECOND: u64 = 100;

/// What a process used, from `/proc`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessUse {
    pid: u32,
    /// During the load, user and system.
    pub(super) cpu_seconds: f64,
    /// Before the subscribers came.
    pub(super) rss_idle_bytes: u64,
    /// With all subscribers, before the load.
    pub(super) rss_connected_bytes: u64,
    /// The most since the process started.
    pub(super) rss_peak_bytes: u64,
}

impl ProcessUse {
    /// Before the subscribers come.
    pub(super) fn start(pid: u32) -> Result<Self, Failure> {
        Ok(Self {
            pid,
            cpu_seconds: 0.0,
            rss_idle_bytes: memory(pid, "VmRSS:")?,
            rss_connected_bytes: 0,
            rss_peak_bytes: 0,
        })
    }

    /// All subscribers are there; the load begins.
    pub(super) fn connected(&mut self) -> Result<(), Failure> {
        self.rss_connected_bytes = memory(self.pid, "VmRSS:")?;
        self.cpu_seconds = -cpu(self.pid)?.as_secs_f64();
        Ok(())
    }

    /// Everything was delivered.
    pub(super) fn finish(mut self) -> Result<Self, Failure> {
        self.cpu_seconds += cpu(self.pid)?.as_secs_f64();
        self.rss_peak_bytes = memory(self.pid, "VmHWM:")?;
        Ok(self)
    }
}

impl fmt::Display for ProcessUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "process {}: {:.1} MiB idle, {:.1} with subscribers, {:.1} at most; {:.2} CPU s",
            self.pid,
            mib(self.rss_idle_bytes),
            mib(self.rss_connected_bytes),
            mib(self.rss_peak_bytes),
            self.cpu_seconds
        )
    }
}

fn cpu(pid: u32) -> Result<Duration, Failure> {
    let text = read(pid, "stat")?;
    // The second field is the program's name, which may hold anything: count from its end.
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
    let ticks: Vec<u64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok(Duration::from_secs(user + system) / TICKS_PER_SECOND as u32),
        _ => Err(Failure::Usage(format!("/proc/{pid}/stat is not as expected"))),
    }
}

fn memory(pid: u32, name: &str) -> Result<u64, Failure> {
    let text = read(pid, "status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| Failure::Usage(format!("/proc/{pid}/status has no {name}")))
}

fn read(pid: u32, file: &str) -> Result<String, Failure> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(|error| Failure::Usage(format!("{path}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured() {
        let mut usage = ProcessUse::start(std::process::id()).unwrap();
        usage.connected().unwrap();
        let usage = usage.finish().unwrap();
        assert!(usage.cpu_seconds >= 0.0);
        assert!(usage.rss_peak_bytes >= usage.rss_idle_bytes && usage.rss_idle_bytes > 0);
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        // Above the kernel's largest pid.
        let error = ProcessUse::start(u32::MAX).unwrap_err().to_string();
        assert!(error.contains("/proc/4294967295/status"), "{error}");
    }
}
