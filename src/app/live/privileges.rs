//! Who the program runs as once its interfaces are open.

use std::env;
use std::ffi::CString;

use nix::unistd::{Gid, Uid, User, geteuid, initgroups, setgid, setuid};

use crate::app::output::Failure;

/// Gives up the rights of root, for good: for those of the named user, else of
/// the one who called sudo. Without either, and where the program is not
/// root's, it stays who it is.
///
/// # Errors
///
/// There is no such user, or the system refuses.
pub(super) fn give_up(named: Option<&str>) -> Result<(), Failure> {
    if !geteuid().is_root() {
        return match named {
            Some(_) => Err(Failure::Usage("--user: only root can become another user".to_owned())),
            None => Ok(()),
        };
    }
    let fault = |what: &str, error: nix::Error| Failure::Fault(format!("{what}: {error}"));
    let found = match named {
        Some(name) => {
            let user = User::from_name(name).map_err(|error| fault("--user", error))?;
            Some(user.ok_or_else(|| Failure::Usage(format!("--user: there is no user {name}")))?)
        }
        None => sudo_caller(),
    };
    let Some(User { name, uid, gid, .. }) = found.filter(|user| !user.uid.is_root()) else {
        return Ok(());
    };
    let name = CString::new(name).map_err(|_| Failure::Usage("--user: no name".to_owned()))?;
    // In this order: who is no longer root cannot change groups.
    initgroups(&name, gid).map_err(|error| fault("giving up groups", error))?;
    setgid(gid).map_err(|error| fault("giving up the group", error))?;
    setuid(uid).map_err(|error| fault("giving up the user", error))?;
    if setuid(Uid::from_raw(0)).is_ok() || setgid(Gid::from_raw(0)).is_ok() {
        return Err(Failure::Fault("the rights of root could not be given up".to_owned()));
    }
    Ok(())
}

/// Who called sudo.
fn sudo_caller() -> Option<User> {
    let id = env::var("SUDO_UID").ok()?.parse().ok()?;
    User::from_uid(Uid::from_raw(id)).ok()?
}
