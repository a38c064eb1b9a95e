use super::*;

const HASH: CodeHash = CodeHash([1; 32]);

/// `all` blocks for provisional components, of which an address gets `each`, and as many for kept ones.
fn room(each: u64, all: u64) -> Room {
    Room::new(&Limits {
        stored_bytes: 2 * all * BLOCK,
        provisional_bytes: all * BLOCK,
        provisional_bytes_per_address: each * BLOCK,
        ..Limits::default()
    })
}

fn peer(number: u8) -> Peer {
    Peer::of([192, 0, 2, number].into())
}

impl Room {
    /// Begins an upload, and takes `blocks` for it, over whatever gives way.
    fn upload(&mut self, number: u8, blocks: u64) -> Result<Ticket, Refusal> {
        let ticket = self.begin(peer(number), Arc::default());
        while let Grown::After(whole) = self.grow(ticket, blocks * BLOCK)? {
            assert!(self.end(whole.ticket));
        }
        Ok(ticket)
    }

    /// The same, to its end.
    fn component(&mut self, number: u8, blocks: u64) -> Ticket {
        let ticket = self.upload(number, blocks).unwrap();
        assert_eq!(self.finish(ticket, CodeHash([u8::try_from(ticket).unwrap(); 32]), 0), None);
        ticket
    }

    fn tickets(&self) -> Vec<Ticket> {
        self.entries.keys().copied().collect()
    }
}

#[test]
fn the_oldest_of_an_address_gives_way_to_its_newest_and_to_nobody_elses() {
    let mut room = room(2, 100);
    let tickets = [room.component(1, 1), room.component(2, 1), room.component(1, 1), room.component(1, 1)];
    assert_eq!(room.tickets(), tickets[1..]);
}

#[test]
fn the_oldest_of_the_address_that_holds_most_gives_way() {
    let mut room = room(4, 6);
    let first = room.component(1, 1);
    let most = [room.component(2, 2), room.component(2, 1)];
    room.component(3, 2);
    let newcomer = room.component(4, 2);
    assert_eq!(room.tickets(), [first, most[1], 3, newcomer]);
}

#[test]
fn addresses_that_hold_much_keep_no_newcomer_out() {
    let mut room = room(4, 8);
    for _ in 0..4 {
        room.component(1, 1);
        room.component(2, 1);
    }
    let newcomer = room.component(3, 1);
    // However much they go on to upload.
    for _ in 0..20 {
        room.component(1, 1);
        room.component(2, 1);
    }
    assert!(room.tickets().contains(&newcomer));
}

#[test]
fn uploads_under_way_give_way_too_and_are_told() {
    let mut room = room(4, 4);
    let told = Arc::new(Notify::new());
    let slow = room.begin(peer(1), told.clone());
    assert_eq!(room.grow(slow, 4 * BLOCK), Ok(Grown::Yes));
    let newcomer = room.upload(2, 1).unwrap();
    assert_eq!(room.tickets(), [newcomer]);
    assert_eq!(room.grow(slow, 5 * BLOCK), Err(Refusal::Displaced));
    assert_eq!(room.finish(slow, HASH, 0), None);
    assert!(!room.holds(slow));
    let mut notified = std::pin::pin!(told.notified());
    assert!(notified.as_mut().enable(), "it was told");
}

#[test]
fn whoever_would_hold_most_is_refused_when_it_has_nothing_to_give() {
    let mut room = room(4, 4);
    for number in 1..=4 {
        room.component(number, 1);
    }
    assert_eq!(room.upload(5, 2).err(), Some(Refusal::Full));
}

#[test]
fn an_upload_that_is_given_up_gives_its_room_back_and_a_component_keeps_it() {
    let mut room = room(4, 4);
    let upload = room.upload(1, 2).unwrap();
    let component = room.component(1, 1);
    room.abandon(upload);
    room.abandon(component);
    assert_eq!((room.bytes(), room.tickets()), ((0, BLOCK), vec![component]));
}

#[test]
fn the_same_component_of_the_same_address_takes_room_once() {
    let mut room = room(4, 4);
    let first = room.upload(1, 1).unwrap();
    assert_eq!(room.finish(first, HASH, 0), None);
    let again = room.upload(1, 1).unwrap();
    let replaced = room.finish(again, HASH, 0).unwrap();
    assert_eq!((replaced.ticket, room.tickets(), room.bytes()), (first, vec![again], (0, BLOCK)));
    // Of another address it is another one: what happens to the one is nothing to the other.
    let other = room.upload(2, 1).unwrap();
    assert_eq!((room.finish(other, HASH, 0), room.bytes()), (None, (0, 2 * BLOCK)));
}

#[test]
fn an_upload_that_has_its_room_already_needs_nobodys() {
    let mut room = room(1, 1);
    let upload = room.upload(1, 1).unwrap();
    // As after a restart with less room than before.
    let found = Provisional { ticket: 9, hash: HASH, peer: peer(2) };
    room.restore(found, 5 * BLOCK, 0);
    assert_eq!(room.grow(upload, BLOCK).unwrap(), Grown::Yes);
    assert_eq!(room.tickets(), [upload, 9]);
}

#[test]
fn a_tiny_component_counts_as_a_whole_block() {
    let mut room = room(4, 4);
    let ticket = room.begin(peer(1), Arc::default());
    assert_eq!((room.grow(ticket, 1), room.bytes()), (Ok(Grown::Yes), (0, BLOCK)));
    assert_eq!((room.grow(ticket, BLOCK), room.bytes()), (Ok(Grown::Yes), (0, BLOCK)));
    assert_eq!((room.grow(ticket, BLOCK + 1), room.bytes()), (Ok(Grown::Yes), (0, 2 * BLOCK)));
}

#[test]
fn what_is_kept_takes_no_provisional_room_and_only_what_there_is() {
    let mut room = room(2, 2);
    for _ in 0..2 {
        let ticket = room.component(1, 1);
        assert_eq!(room.fits(ticket), Some(true));
        room.keep(ticket);
        assert_eq!(room.fits(ticket), None);
    }
    let ticket = room.component(1, 1);
    assert_eq!((room.fits(ticket), room.bytes()), (Some(false), (2 * BLOCK, BLOCK)));
}

#[test]
fn what_is_kept_no_more_takes_provisional_room_and_gives_way_like_anything_else() {
    let mut room = room(2, 2);
    room.restore_kept(2 * BLOCK);
    let found = room.unkeep(HASH, BLOCK + 1, 7);
    assert_eq!((room.bytes(), room.find(&HASH)), ((0, 2 * BLOCK), Some(found)));
    assert_eq!(room.expired(3607, 3600), [found]);
    let newest = room.component(1, 1);
    assert_eq!(room.tickets(), [newest]);
}

#[test]
fn a_component_expires_when_its_time_is_over_and_not_before() {
    let mut room = room(4, 4);
    let ticket = room.component(1, 1);
    assert!(room.expired(3599, 3600).is_empty());
    assert_eq!(room.expired(3600, 3600).iter().map(|found| found.ticket).collect::<Vec<_>>(), [ticket]);
    room.renew(ticket, 3600);
    assert!(room.expired(3601, 3600).is_empty());
}

#[test]
fn what_is_found_after_a_restart_is_held_by_whoever_uploaded_it() {
    let mut room = room(2, 4);
    let found = Provisional { ticket: 7, hash: HASH, peer: peer(1) };
    room.restore(found, BLOCK + 1, 5);
    room.restore_kept(1);
    assert_eq!((room.bytes(), room.find(&HASH)), ((BLOCK, 2 * BLOCK), Some(found)));
    assert_eq!(room.expired(3605, 3600), [found]);
    let newest = room.component(1, 1);
    assert!(newest > found.ticket);
    assert_eq!(room.tickets(), [newest], "the share of the address was used up");
}
