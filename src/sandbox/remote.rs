//! A score module in a child process: the same binary under the operating system's limits.

use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::wire::{self, Reader, Writer};
use super::{CompiledModule, Scorer, profile, read_abi};
use crate::abi::{Abi, Block, Output};
use crate::error::{Error, Result};
use crate::limits;

/// The first argument that makes the binary the sandbox's child: not for people.
pub const WORKER_ARGUMENT: &str = "__sandbox";
/// Writable memory of the child besides the module's own: Cranelift's, and the frames.
const EXTRA_BYTES: u64 = 512 << 20;
/// CPU seconds of the child in all.
const CPU_SECONDS: u64 = 120;

/// A module that runs in a child process.
#[derive(Debug)]
pub struct Remote {
    abi: Abi,
    child: Child,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Remote {
    /// Checks the module's profile, then compiles and instantiates it in a child of `program` (this binary).
    pub fn spawn(program: &Path, wasm: &[u8]) -> Result<Self> {
        limits::MODULE_BYTES.check_len(wasm.len())?;
        let abi = read_abi(wasm)?;
        let profile = profile::check(wasm, &abi)?;
        let data_bytes = profile.memory_bytes + wasm.len() as u64 * 4 + EXTRA_BYTES;
        let mut child = Command::new(program)
            .args([WORKER_ARGUMENT, &data_bytes.to_string()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Error::io(program, &error))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::internal("the sandbox's child process has no pipes"));
        };
        let mut remote = Remote { abi, child, to: BufWriter::new(stdin), from: BufReader::new(stdout) };
        remote.ask(wasm)?;
        Ok(remote)
    }

    /// Sends a frame and gives the body of the reply.
    fn ask(&mut self, frame: &[u8]) -> Result<Vec<u8>> {
        let reply = match wire::send(&mut self.to, frame) {
            Ok(()) => wire::receive(&mut self.from)?,
            Err(_) => None,
        };
        let Some(reply) = reply else { return Err(self.death()) };
        Reader(&reply).reply().map(<[u8]>::to_vec)
    }

    fn death(&mut self) -> Error {
        let how = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        Error::malformed("sandbox-killed", format!("the sandbox ended while the score module ran: {how}"))
            .hint("the module exceeded the time or memory that its own size allows; do not use this artifact")
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Scorer for Remote {
    fn abi(&self) -> &Abi {
        &self.abi
    }

    fn call(&mut self, method: &str, block: &Block) -> Result<Vec<Output>> {
        let empty = match self.abi.method(method) {
            Some(method) => method.outputs.iter().map(Output::empty).collect(),
            None => return Err(Error::usage("unknown-method", format!("the module has no method `{method}`"))),
        };
        let mut frame = Writer::default();
        frame.text(method);
        frame.block(block);
        let reply = self.ask(&frame.0)?;
        Reader(&reply).outputs(empty, block.rows)
    }
}

/// The child's whole life: limits first, then a module, then calls until the parent closes the pipe.
pub fn work(data_bytes: &str) -> Result<()> {
    let data_bytes = data_bytes.parse().map_err(|_| Error::usage("sandbox", "expected a number of bytes"))?;
    for (resource, most) in
        [(Resource::Data, data_bytes), (Resource::Cpu, CPU_SECONDS), (Resource::Fsize, 0), (Resource::Core, 0)]
    {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .map_err(|error| Error::internal(format!("limits of the sandbox: {error}")))?;
    }
    let (mut from, mut to) = (std::io::stdin().lock(), std::io::stdout().lock());
    let Some(wasm) = wire::receive(&mut from)? else { return Ok(()) };
    let mut instance = match CompiledModule::new(&wasm).and_then(|module| module.instantiate()) {
        Ok(instance) => instance,
        Err(error) => return wire::send(&mut to, &Writer::refusal(&error).0),
    };
    wire::send(&mut to, &Writer::reply(&[]).0)?;
    drop(wasm);
    while let Some(frame) = wire::receive(&mut from)? {
        let mut reader = Reader(&frame);
        let (method, block) = (reader.text()?, reader.block()?);
        let reply = match instance.call(&method, &block) {
            Ok(outputs) => Writer::reply(&outputs),
            Err(error) => Writer::refusal(&error),
        };
        wire::send(&mut to, &reply.0)?;
    }
    Ok(())
}
