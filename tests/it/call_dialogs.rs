//! Dialogs, forks, transfers, redirections, loops and overlap dialling.

use crate::check::check;
use crate::preamble::answered;

#[test]
fn early_and_confirmed_dialogs_of_a_parallel_fork() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         0.2  C>P 180
         0.21 P>A 180
         2    B>P 200
         2.01 P>A 200
         2.02 P>C CANCEL
         2.03 C>P 200
         2.04 C>P 487
         2.05 P>C ACK
         2.06 A>B ACK
         5    B>A BYE
         5.1  A>B 200",
        "call-1 state=completed dialogs[].to_tag=b1,c1 dialogs[].state=terminated,terminated dialogs[].early_frame=4,6 \
                dialogs[].confirmed_frame=8,- dialogs[].ended_frame=15,12 dialogs[].ended_by=callee,- dialogs[].callee=B,C \
                forking.kind=parallel forking.by=P forking.branches=2 forking.answered=1 released_by=callee",
    );
}

#[test]
fn a_serial_fork_tries_the_next() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         5    B>P 408
         5.01 P>B ACK
         5.02 P>C INVITE via+1
         5.1  C>P 180
         5.11 P>A 180
         7    C>P 200
         7.01 P>A 200
         7.1  A>C ACK",
        "call-1 state=answered forking.kind=serial forking.branches=2 forking.answered=1 dialogs[].state=terminated,confirmed \
                dialogs[].callee=B,C",
    );
}

#[test]
fn several_answers_and_forks_seen_only_by_their_responses() {
    check(
        "0    A>P INVITE
         0.1  P>A 180 tag=b1
         0.2  P>A 180 tag=c1
         2    P>A 200 INVITE to-tag=b1
         2.1  A>P ACK
         2.2  P>A 200 INVITE to-tag=c1
         2.3  A>P ACK to-tag=c1
         2.4  A>P BYE to-tag=c1
         2.5  P>A 200",
        "call-1 state=answered forking.kind=parallel forking.by=- forking.branches=2 forking.answered=2 \
                dialogs[].to_tag=b1,c1 dialogs[].state=confirmed,terminated dialogs[].ended_by=-,caller tags=b1,c1",
    );
}

#[test]
fn a_plain_call_is_no_fork() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         1    B>P 200
         1.01 P>A 200
         1.1  A>P ACK
         1.11 P>B ACK via+1",
        "call-1 state=answered forking=- dialogs[].state=confirmed dialogs[].from_tag=a1 dialogs[].to_tag=b1",
    );
}

#[test]
fn a_blind_transfer() {
    check(
        &(answered("", "")
            + "4   B>A REFER h('Refer-To: <sip:carol@example.com>') h('Referred-By: <sip:bob@example.com>')
         4.1 A>B 202
         4.2 A>B NOTIFY body('message/sipfrag', 'SIP/2.0 100 Trying')
         4.3 B>A 200
         4.4 A>C INVITE call=2 uri=sip:carol@example.com
         5   C>A 200 call=2
         5.1 A>C ACK call=2
         5.2 A>B NOTIFY body('message/sipfrag', 'SIP/2.0 200 OK')
         5.3 B>A 200
         5.4 B>A BYE
         5.5 A>B 200"),
        "call-1 state=completed released_by=callee transfers[].by=callee transfers[].kind=blind transfers[].target=sip:carol@example.com \
                transfers[].final_status=202 transfers[].reports[].status=100,200 transfers[].result=succeeded transfers[].new_call=call-2 \
                transfers[].frame=5 transferred_from=-
         call-2 state=answered transferred_from=call-1",
    );
}

#[test]
fn an_attended_transfer() {
    // RFC 5589 section 7: A talks to B and to C, and refers B to its dialog with C.
    check(
        &(answered("", "")
            + "3   A>C INVITE call=2
         4   C>A 200 call=2
         4.1 A>C ACK call=2
         6   A>B REFER h('Refer-To: <sip:carol@example.com?Replaces=call-2%40example.com%3Bto-tag%3Dc2%3Bfrom-tag%3Da2>')
         6.1 B>A 202
         6.3 B>C INVITE call=3 h('Replaces: call-2@example.com;to-tag=c2;from-tag=a2')
         6.5 C>B 200 call=3
         6.6 B>C ACK call=3
         6.7 C>A BYE call=2
         6.8 A>C 200 call=2
         6.9 B>A NOTIFY body('message/sipfrag', 'SIP/2.0 200 OK')
         7   A>B 200
         7.1 A>B BYE
         7.2 B>A 200"),
        "call-1 state=completed released_by=caller transfers[].kind=attended transfers[].result=succeeded transfers[].replaces.call=call-2 \
                transfers[].replaces.to_tag=c2 transfers[].new_call=call-3
         call-2 state=completed released_by=callee named_by=call-3
         call-3 state=answered transferred_from=call-1 names[].how=replaces names[].dialog.call=call-2 names[].dialog.from_tag=a2",
    );
}

#[test]
fn transfers_that_fail() {
    check(
        &(answered("", "")
            + "4   A>B REFER h('Refer-To: <sip:nobody@example.com>')
         4.1 B>A 202
         4.2 B>A NOTIFY body('message/sipfrag', 'SIP/2.0 100 Trying')
         4.3 A>B 200
         5   B>A NOTIFY body('message/sipfrag', 'SIP/2.0 404 Not Found')
         5.1 A>B 200"),
        "call-1 state=answered transfers[].result=failed transfers[].reports[].status=100,404 transfers[].new_call=- findings=sip.transfer-failed",
    );
    check(
        &(answered("", "")
            + "4   A>B REFER h('Refer-To: <sip:nobody@example.com>')
         4.1 B>A 603"),
        "call-1 state=answered transfers[].result=refused transfers[].final_status=603 findings=sip.transfer-failed",
    );
}

#[test]
fn join_names_the_dialog() {
    check(
        &(answered("", "")
            + "4   C>B INVITE call=2 h('Join: call-1@example.com;to-tag=b1;from-tag=a1')
         5   B>C 200 call=2
         5.1 C>B ACK call=2"),
        "call-1 state=answered named_by=call-2
         call-2 state=answered names[].how=joins names[].dialog.call=call-1 names[].dialog.call_id=call-1@example.com",
    );
}

#[test]
fn a_redirection_followed_by_the_caller_or_by_a_proxy() {
    check(
        "0   A>B INVITE
         0.1 B>A 302 contact='<sip:carol@example.com>'
         0.2 A>B ACK
         0.3 A>C INVITE uri=sip:carol@example.com
         1   C>A 200
         1.1 A>C ACK",
        "call-1 state=answered redirections[].status=302 redirections[].contacts=sip:carol@example.com redirections[].frame=2 redirections[].followed_frame=4",
    );
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.1  B>P 302 contact='<sip:carol@example.com>'
         0.11 P>B ACK
         0.2  P>C INVITE via+1 uri=sip:carol@example.com
         1    C>P 200
         1.01 P>A 200
         1.1  A>C ACK",
        "call-1 state=answered redirections[].frame=3 redirections[].followed_frame=5 forking.kind=serial",
    );
    check(
        "0   A>B INVITE
         0.1 B>A 301 contact='<sip:carol@example.com>'
         0.2 A>B ACK",
        "call-1 state=redirected redirections[].followed_frame=-",
    );
}

#[test]
fn loops_and_too_many_hops() {
    check(
        "hosts: A 192.0.2.10:5060 alice, P1 192.0.2.5:5060, P2 198.51.100.5:5060, B 198.51.100.20:5060 bob
         0    A>P1  INVITE
         0.01 P1>P2 INVITE via+1
         0.02 P2>P1 INVITE via+1
         0.03 P1>P2 482
         0.04 P2>P1 ACK
         0.05 P2>P1 482
         0.06 P1>P2 ACK
         0.07 P1>A  482
         0.08 A>P1  ACK",
        "call-1 state=rejected final=482 messages[].hop=1,2,3,3,3,2,2,1,1 findings=sip.refused,sip.loop
         finding-2 evidence[].frame=1,3,4",
    );
    check(
        "0    A>P INVITE
         0.1  P>A 483
         0.2  A>P ACK",
        "call-1 state=rejected findings=sip.refused,sip.loop
         finding-2 title='The INVITE went over too many hops (483 Too Many Hops)'",
    );
}

#[test]
fn overlap_dialling() {
    // RFC 3578 section 3: each INVITE has more of the number, the same Call-ID and From tag.
    check(
        "0   A>B INVITE uri=sip:431@b
         0.1 B>A 484
         0.2 A>B ACK
         1   A>B INVITE uri=sip:43155@b
         1.1 B>A 484
         1.2 A>B ACK
         2   A>B INVITE uri=sip:4315550@b
         2.1 B>A 180
         3   B>A 200
         3.1 A>B ACK",
        "call-1 state=answered final=200 overlap[].number=431,43155,4315550 overlap[].status=484,484,200
         summary calls=1 answered=1",
    );
}
