//! Causes of ITU-T Q.850 for calls whose messages do not state one.

/// The cause that a gateway would send towards the telephone network for a final
/// response (RFC 3398 section 8.2.6.1); `None` where the table has none.
pub(super) const fn of_status(status: u16) -> Option<u32> {
    Some(match status {
        400 | 481 | 500 | 503 => 41,
        401..=403 | 407 | 603 => 21,
        404 | 485 | 604 => 1,
        405 => 63,
        406 | 415 | 501 => 79,
        408 | 504 => 102,
        410 => 22,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        480 => 18,
        482 | 483 => 25,
        484 => 28,
        486 | 600 => 17,
        502 => 38,
        _ => return None,
    })
}

/// What FreeSWITCH calls a cause.
pub(super) const fn freeswitch(cause: u32) -> Option<&'static str> {
    Some(match cause {
        1 => "UNALLOCATED_NUMBER",
        2 => "NO_ROUTE_TRANSIT_NET",
        3 => "NO_ROUTE_DESTINATION",
        16 => "NORMAL_CLEARING",
        17 => "USER_BUSY",
        18 => "NO_USER_RESPONSE",
        19 => "NO_ANSWER",
        20 => "SUBSCRIBER_ABSENT",
        21 => "CALL_REJECTED",
        22 => "NUMBER_CHANGED",
        25 => "EXCHANGE_ROUTING_ERROR",
        27 => "DESTINATION_OUT_OF_ORDER",
        28 => "INVALID_NUMBER_FORMAT",
        31 => "NORMAL_UNSPECIFIED",
        34 => "NORMAL_CIRCUIT_CONGESTION",
        38 => "NETWORK_OUT_OF_ORDER",
        41 => "NORMAL_TEMPORARY_FAILURE",
        42 => "SWITCH_CONGESTION",
        63 => "SERVICE_UNAVAILABLE",
        79 => "SERVICE_NOT_IMPLEMENTED",
        88 => "INCOMPATIBLE_DESTINATION",
        102 => "RECOVERY_ON_TIMER_EXPIRE",
        127 => "INTERWORKING",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_those_of_rfc_3398() {
        let table = [(404, 1), (480, 18), (483, 25), (484, 28), (486, 17), (502, 38), (503, 41)];
        for (status, cause) in table {
            assert_eq!(of_status(status), Some(cause), "{status}");
        }
        // The table leaves these to the state of the call and to Warning.
        assert_eq!((of_status(487), of_status(488), of_status(200)), (None, None, None));
    }

    #[test]
    fn every_cause_of_a_response_has_a_name() {
        for status in 300..700 {
            assert!(of_status(status).is_none_or(|cause| freeswitch(cause).is_some()), "{status}");
        }
    }
}
