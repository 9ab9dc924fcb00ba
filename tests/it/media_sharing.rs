//! Media of very many calls at one address and port, as those of an echo test or
//! of a load generator: each stream is its own call's.

use std::collections::{HashMap, HashSet};

use siplens::base::flow::Endpoint;
use siplens::engine::{Engine, Settings, Snapshot};
use siplens::track::Side;

use crate::traffic::{Held, Plan, SECOND};

/// Calls that begin within three seconds, so that all of them are under way at once.
fn calls(count: u32) -> Plan {
    let talk = 3 * SECOND;
    let rate = f64::from(count) / 3.0;
    Plan { calls: count.into(), rate, ring: 0, talk, one_port: true, ..Plan::default() }
}

fn read(plan: Plan) -> Snapshot {
    let held = Held::new(&plan);
    let mut engine = Engine::new(Settings::default());
    held.iter().for_each(|frame| engine.handle_frame(&frame));
    engine.finish()
}

#[test]
fn every_call_has_its_own_two_streams() {
    // More than are remembered of one endpoint.
    let count = 300;
    let snapshot = read(calls(count));
    assert_eq!(snapshot.conversations.len(), count as usize);
    assert_eq!(snapshot.streams.len(), 2 * count as usize);
    let mut of_call: HashMap<_, Vec<(Endpoint, Side)>> = HashMap::new();
    let mut shared = HashSet::new();
    for stream in &snapshot.streams {
        let binding = stream.binding.expect("every stream is a call's");
        assert!(binding.is_whole(), "{stream:?}");
        let to_callee = binding.receiver == Side::Callee;
        let (own, echo) = if to_callee {
            (stream.flow.src, stream.flow.dst)
        } else {
            (stream.flow.dst, stream.flow.src)
        };
        shared.insert(echo);
        of_call.entry(binding.call).or_default().push((own, binding.receiver));
    }
    assert_eq!(shared.len(), 1);
    assert_eq!(of_call.len(), count as usize);
    for (call, mut streams) in of_call {
        let caller = snapshot.announced.endpoints(call, Side::Caller).next();
        let caller = caller.expect("the caller announced an endpoint");
        streams.sort_by_key(|(_, receiver)| *receiver == Side::Callee);
        assert_eq!(streams, [(caller, Side::Caller), (caller, Side::Callee)]);
    }
}
