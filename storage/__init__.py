"""Everything that must survive a restart: the only SQL, and the only files, of the bot.

    async with Database.open(folder, keep_backups=5) as db:     database.py   one writer, one lock, a read-only reader
        async with db.transaction() as tx: ...                                await nothing but SQL inside
        await db.one(sql, params)  /  await db.all(sql, params)

    jobs.py       the truth about work; every move below is guarded and raises StaleJob when it may not happen now
        accept -> accepting     queued     running     requeue (back to queued)     [pictures.keep -> ready]
        sending     done     failed     refused     cancelled     abandoned
        request_cancel   get   by_message   open_jobs   open_of   recent_of   counts   recover   forget_tokens
    pictures.py   keep   keep_upload   read   get   of_job   by_sha256   delete   delete_of_job   sweep
    posts.py      record   by_message   of_job          which message shows which picture
    people.py     seen   get   set_wish   change_wish   set_language   set_verbosity
    presets.py    save   of_owner   get   delete
    loras.py      begin   keep   of_owner   shared_with   path   share   unshare   remove   sweep
    servers.py    get   set_wish   set_language   rules   change_rules
    standing.py   standing   standing_by   floor_hit   bar   lift    how people stand, and what that costs
    audit.py      record   recent   tidy                which decision was made by which rule; nothing typed
    agreements.py of_person   accept   keep   take      the terms, and what was asked for before they were accepted
    reports.py    file   get   told   close   of_job   still_open   count_open
    privacy.py    held   rows   living_pictures   erase
    removals.py   due   done                            messages that have to go
    backups.py    back_up   copies   is_due             blocking, like restore.py   restore

Each function takes the `Database` first and holds one idea; times are unix seconds, Discord's ids are plain ints.
Errors that people may see are those of `inference.errors` (QuotaReached, QueueFull, StorageFull, BadRequest, Gone);
`jobs.StaleJob` and `jobs.AlreadyAccepted` are for the caller, `unusable.UnusableDatabase` for the operator.
The folder holds `genga.sqlite3`, `pseudonyms.json`, `pictures/`, `loras/`, `backups/` and `reserve`. One process owns
it; its lock is the caller's.
"""
