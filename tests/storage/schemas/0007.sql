PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE agreements (
    person_id INTEGER NOT NULL,
    text TEXT NOT NULL, -- which terms, with their version
    accepted_at REAL NOT NULL,
    PRIMARY KEY (person_id, text)
) STRICT, WITHOUT ROWID;
INSERT INTO "agreements" VALUES(1,'house:1',1.79546535084586119648e+09);
CREATE TABLE asked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL,
    request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object'),
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    parent_picture_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    context TEXT NOT NULL CHECK (json_valid(context) AND json_type(context) = 'object'),
    created_at REAL NOT NULL
) STRICT;
INSERT INTO "asked" VALUES(1,2,'{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}',0,1,'{}',1.79546535084649753564e+09);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    guild_id INTEGER,
    guild_hash BLOB CHECK (length(guild_hash) = 32),
    moment TEXT NOT NULL,
    rule TEXT NOT NULL,
    decision TEXT NOT NULL,
    scores TEXT NOT NULL CHECK (json_valid(scores) AND json_type(scores) = 'object'),
    detector TEXT NOT NULL,
    CHECK (person_id IS NULL OR person_hash IS NULL),
    CHECK (guild_id IS NULL OR guild_hash IS NULL)
) STRICT;
INSERT INTO "audit" VALUES(1,1.79546535082817745204e+09,2,NULL,10,NULL,'request','floor','refused','{"young": 2}','');
CREATE TABLE bars (
    id INTEGER PRIMARY KEY,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    server_id INTEGER NOT NULL, -- 0: everywhere, by the operator or after too many strikes
    kind TEXT NOT NULL CHECK (kind IN ('blocked', 'no_adult')),
    made_at REAL NOT NULL,
    CHECK ((person_id IS NULL) <> (person_hash IS NULL)),
    UNIQUE (person_id, server_id, kind),
    UNIQUE (person_hash, server_id, kind)
) STRICT;
INSERT INTO "bars" VALUES(1,2,NULL,10,'no_adult',1.79546535082745742795e+09);
CREATE TABLE favourites (
    person_id INTEGER NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0), -- the one of several that was meant
    added_at REAL NOT NULL,
    PRIMARY KEY (person_id, job_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "favourites" VALUES(2,1,1,1.79546535082357430453e+09);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: buttons on old messages carry it
    state TEXT NOT NULL CHECK (state IN (
        'accepting', 'queued', 'running', 'ready', 'sending', 'done', 'failed', 'cancelled', 'refused', 'abandoned'
    )),
    requester_id INTEGER NOT NULL,
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    message_id INTEGER,
    interaction_id INTEGER UNIQUE,
    interaction_token TEXT,
    application_id INTEGER,
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    locale TEXT NOT NULL,
    context TEXT NOT NULL CHECK (json_valid(context) AND json_type(context) = 'object'),
    request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object'),
    request_sha256 TEXT NOT NULL CHECK (length(request_sha256) = 64),
    parent_picture_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    priority INTEGER NOT NULL,
    cost_s REAL NOT NULL CHECK (cost_s >= 0),
    lease TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0 CHECK (deaths <= attempt),
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    error_kind TEXT,
    error_sentence TEXT,
    error_fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(error_fields) AND json_type(error_fields) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    gpu_s REAL, source_message_id INTEGER, delivered TEXT CHECK (delivered IN ('message', 'channel', 'dm', 'nowhere')), obstacle TEXT, told_at REAL, ping TEXT CHECK (ping IN ('due', 'sent', 'dropped')), provenance TEXT CHECK (provenance IN ('text', 'ours', 'upload')), evidence TEXT -- how much speaks for what in its words, in numbers and never in words
    CHECK (evidence IS NULL OR (json_valid(evidence) AND json_type(evidence) = 'object')),
    CHECK ((state = 'running') = (lease IS NOT NULL)),
    CHECK ((state IN ('accepting', 'queued', 'running', 'ready', 'sending')) = (finished_at IS NULL)),
    CHECK (finished_at IS NULL OR interaction_token IS NULL),
    CHECK ((error_kind IS NULL) = (error_sentence IS NULL))
) STRICT;
INSERT INTO "jobs" VALUES(1,'ready',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,1,0,0,NULL,NULL,'{}',1.79546535064386463161e+09,1.79546535068735790257e+09,1.79546535065934634205e+09,NULL,1.5,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,'ready',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',1,0,3.0,NULL,1,0,0,NULL,NULL,'{}',1.79546535069123363494e+09,1.79546535070092153551e+09,1.7954653506945548058e+09,NULL,1.5,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(3,'accepting',1,10,20,NULL,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,NULL,NULL,'{}',1.79546535071292233465e+09,1.79546535071292233465e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(4,'queued',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,NULL,NULL,'{}',1.79546535071528100963e+09,1.79546535071716284754e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(5,'running',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,'boot-1',1,0,0,NULL,NULL,'{}',1.79546535071913504599e+09,1.7954653507252318859e+09,1.7954653507252318859e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(6,'ready',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,1,0,0,NULL,NULL,'{}',1.79546535072721552854e+09,1.79546535073935317988e+09,1.79546535073044586186e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(7,'sending',1,10,20,30,NULL,'a-secret-token',NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,1,0,0,NULL,NULL,'{}',1.79546535074381613736e+09,1.79546535075504827497e+09,1.79546535074738669397e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(8,'done',1,10,20,30,NULL,NULL,NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,1,0,0,NULL,NULL,'{}',1.79546535075971531872e+09,1.79546535078305482865e+09,1.79546535076739478117e+09,1.79546535078305482865e+09,NULL,NULL,'message',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(9,'failed',1,10,20,NULL,NULL,NULL,NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,'DrawingFailed','Drawing failed, and it was not your fault. Please try again.','{}',1.79546535078548359868e+09,1.79546535078709554667e+09,NULL,1.79546535078709554667e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(10,'cancelled',1,10,20,NULL,NULL,NULL,NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,NULL,NULL,'{}',1.79546535078933072087e+09,1795465350.79098,NULL,1795465350.79098,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(11,'refused',1,10,20,NULL,NULL,NULL,NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,'Refused','I can''t draw this one. Change the prompt and try again; /report reaches a person if that seems wrong.','{}',1.79546535079318666456e+09,1.79546535079493927954e+09,NULL,1.79546535079493927954e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(12,'abandoned',1,10,20,NULL,NULL,NULL,NULL,0,'en-GB','{"age_restricted": false}','{"kind":"draw","version":1,"prompt":"1girl, blue hair","negative":"","text_sha256":"674d36786604a7482244858dbb07c80877ebf9ab01f02ddb4b0e439232db3ab1","model":"genga-mini","model_sha256":"0000000000000000000000000000000000000000000000000000000000000000","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,"seed":7,"count":1,"image":null,"strength":null,"parent":null,"typed":"","typed_negative":null,"style":"","syntax":"plain","noise":"cpu","eta_noise_delta":0,"guidance_rescale":0.0,"loras":[],"embeddings":[]}','b66a13f6c3c8201304d8f7db64c5a2c927f20f0015134aa8a8a5d44afef3062e',NULL,0,3.0,NULL,0,0,0,NULL,NULL,'{}',1.79546535079974532126e+09,1.79546535080285310742e+09,NULL,1.79546535080285310742e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE lora_shares (
    guild_id INTEGER NOT NULL,
    folded TEXT NOT NULL, -- in a server a name means one
    lora_id INTEGER NOT NULL REFERENCES loras (id) ON DELETE CASCADE,
    shared_at REAL NOT NULL,
    PRIMARY KEY (guild_id, folded),
    UNIQUE (lora_id, guild_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "lora_shares" VALUES(10,'flat colours',1,1.79546535084525012973e+09);
CREATE TABLE loras (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    folded TEXT NOT NULL, -- the name as names are compared
    kind TEXT NOT NULL CHECK (kind IN ('lora', 'embedding')),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    family TEXT NOT NULL, -- what it was made for; empty where the file does not tell
    words TEXT NOT NULL CHECK (json_valid(words) AND json_type(words) = 'array'), -- that call up what it learned
    age TEXT NOT NULL CHECK (age IN ('adult', 'minor', 'unknown')), -- of whom it shows
    source TEXT NOT NULL CHECK (source IN ('upload', 'civitai')),
    version_id INTEGER, -- Civitai's
    created_at REAL NOT NULL,
    CHECK ((source = 'civitai') = (version_id IS NOT NULL)),
    UNIQUE (owner_id, folded),
    UNIQUE (owner_id, sha256)
) STRICT;
INSERT INTO "loras" VALUES(1,1,'flat colours','flat colours','lora','9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c',7,'sd15','[]','unknown','upload',NULL,1.79546535084388327596e+09);
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    locale TEXT,
    language TEXT,
    verbosity TEXT NOT NULL DEFAULT 'normal' CHECK (verbosity IN ('minimal', 'normal', 'full')),
    wish TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
, ping INTEGER NOT NULL DEFAULT 1 CHECK (ping IN (0, 1))) STRICT;
INSERT INTO "people" VALUES(1,'vi',NULL,'normal','{}',1.79546535081136798862e+09,1.79546535081136798862e+09,1);
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER REFERENCES jobs (id) ON DELETE SET NULL,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    width INTEGER NOT NULL CHECK (width > 0),
    height INTEGER NOT NULL CHECK (height > 0),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    mime TEXT NOT NULL,
    seed INTEGER,
    parent_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    drawn_here INTEGER NOT NULL CHECK (drawn_here IN (0, 1)), -- 0: uploaded
    rating TEXT,
    scores TEXT CHECK (scores IS NULL OR json_valid(scores)),
    detector_version TEXT,
    owner_id INTEGER NOT NULL,
    created_at REAL NOT NULL,
    deleted_at REAL, young INTEGER CHECK (young BETWEEN 0 AND 2), photo INTEGER CHECK (photo BETWEEN 0 AND 2), -- set: a tombstone; the row stays so that its children still know where they come from
    UNIQUE (job_id, picture_index)
) STRICT;
INSERT INTO "pictures" VALUES(1,1,0,'92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b',256,256,9,'image/png',7,NULL,1,NULL,NULL,NULL,1,1.79546535068855810167e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(2,1,1,'08518b71617eb0b46c053f3766069649f664e9a3fbaca168d6a861fbec870082',256,256,11,'image/png',7,NULL,1,NULL,NULL,NULL,1,1.79546535068889927862e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(3,2,0,'7052b9683eb7e5e12e4976716854b82aed5c3c109df4ad7703b428a2054b2955',256,256,12,'image/png',7,1,1,NULL,NULL,NULL,1,1.79546535070176577564e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(4,NULL,0,'bd256dd9e6314a2bd81e0428ce6690aceb772beee7dc22c91618affb06825168',64,64,9,'image/png',NULL,NULL,0,NULL,NULL,NULL,1,1.79546535071166133874e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(5,6,0,'4529c5f78a91fd96e25a2dd0033ec6547701c32a00752cfa0a230e019b82ddab',256,256,16,'image/png',7,NULL,1,NULL,NULL,NULL,1,1.79546535074042105679e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(6,7,0,'f37a980fde7e87963d623f595a15d27d05f8e15f0211c9e48444cc1538909a98',256,256,16,'image/png',7,NULL,1,NULL,NULL,NULL,1,1.79546535075243401521e+09,NULL,NULL,NULL);
INSERT INTO "pictures" VALUES(7,8,0,'8118a431cf83bc5eb623eba1c428d554033ef46bbcc385dc66e5f3485befd3d6',256,256,16,'image/png',7,NULL,1,NULL,NULL,NULL,1,1.79546535078056359287e+09,NULL,NULL,NULL);
CREATE TABLE posts (
    message_id INTEGER NOT NULL,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0),
    channel_id INTEGER NOT NULL,
    guild_id INTEGER,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sent_sha256 TEXT NOT NULL CHECK (length(sent_sha256) = 64),
    ephemeral INTEGER NOT NULL CHECK (ephemeral IN (0, 1)),
    created_at REAL NOT NULL,
    PRIMARY KEY (message_id, job_id, picture_index)
) STRICT, WITHOUT ROWID;
INSERT INTO "posts" VALUES(30,0,20,10,1,'92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b',0,1795465350.80782);
CREATE TABLE presets (
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 50),
    wish TEXT NOT NULL CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    PRIMARY KEY (owner_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "presets" VALUES(1,'portrait','{"prompt":"1girl, portrait","steps":12}',1.79546535081277012831e+09,1.79546535081277012831e+09);
CREATE TABLE removals (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL
) STRICT;
INSERT INTO "removals" VALUES(40,20);
CREATE TABLE "reports" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER REFERENCES jobs (id) ON DELETE CASCADE, -- NULL: about no picture
    guild_id INTEGER,
    reporter_id INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('sexual', 'young', 'real', 'cruel', 'other', 'appeal')),
    reason TEXT NOT NULL CHECK (length(reason) <= 1000),
    state TEXT NOT NULL CHECK (state IN ('open', 'removed', 'allowed', 'kept')),
    entry_message_id INTEGER, -- what tells the moderators of it
    created_at REAL NOT NULL,
    closed_at REAL,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    UNIQUE (job_id, reporter_id)
) STRICT;
INSERT INTO "reports" VALUES(1,1,10,2,'other','the sky is green','open',NULL,1.79546535082435321801e+09,NULL);
CREATE TABLE sendings (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('acknowledgement', 'card', 'ending', 'ping')),
    channel_id INTEGER NOT NULL,
    first_at REAL NOT NULL, -- of the attempts that Discord may still know by their nonce
    last_at REAL NOT NULL,
    message_id INTEGER, -- what came of it; NULL: nobody knows
    PRIMARY KEY (job_id, kind, channel_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "sendings" VALUES(1,'card',20,1.79546535081469368932e+09,1.79546535081469368932e+09,NULL);
CREATE TABLE servers (
    id INTEGER PRIMARY KEY,
    language TEXT,
    wish TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
, rules TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(rules) AND json_type(rules) = 'object'), blocked TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "servers" VALUES(10,'vi','{}',1.79546535081411123271e+09,1.79546535082564806939e+09,'{"adult":false,"suggestive":false,"gore":false,"hate":false,"spoiler":true,"real_people":true,"channels":[],"roles":[],"models":[],"private":true,"private_roles":[],"uploads":true,"upload_roles":[],"editing":"drawn","open_each":null,"daily_each":null,"log_channel":null,"lists":{}}','a b
c');
CREATE TABLE strikes (
    id INTEGER PRIMARY KEY,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    at REAL NOT NULL,
    until REAL NOT NULL, -- no new pictures before; the same as `at` where the strike cost nothing
    CHECK ((person_id IS NULL) <> (person_hash IS NULL))
) STRICT;
INSERT INTO "strikes" VALUES(1,2,NULL,1.79546535082617139816e+09,1.79546535082617139816e+09);
CREATE INDEX jobs_open ON jobs (priority DESC, id)
    WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending');
CREATE INDEX jobs_open_of ON jobs (requester_id, priority DESC, id)
    WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending');
CREATE INDEX jobs_finished_of ON jobs (requester_id, id)
    WHERE state IN ('done', 'failed', 'cancelled', 'refused');
CREATE INDEX jobs_message ON jobs (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX jobs_token ON jobs (created_at) WHERE interaction_token IS NOT NULL;
CREATE INDEX jobs_parent ON jobs (parent_picture_id) WHERE parent_picture_id IS NOT NULL;
CREATE INDEX pictures_living ON pictures (sha256) WHERE deleted_at IS NULL;
CREATE INDEX pictures_parent ON pictures (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX posts_job ON posts (job_id);
CREATE UNIQUE INDEX jobs_source_message ON jobs (source_message_id) WHERE source_message_id IS NOT NULL;
CREATE INDEX jobs_ping_due ON jobs (id) WHERE ping = 'due';
CREATE INDEX jobs_unshown ON jobs (id) WHERE state IN ('failed', 'cancelled', 'refused') AND delivered IS NULL;
CREATE INDEX jobs_untold_of ON jobs (requester_id, id) WHERE delivered = 'nowhere' AND told_at IS NULL;
CREATE INDEX favourites_newest ON favourites (person_id, added_at DESC, job_id DESC);
CREATE INDEX favourites_job ON favourites (job_id);
CREATE INDEX strikes_person ON strikes (person_id, at) WHERE person_id IS NOT NULL;
CREATE INDEX strikes_hash ON strikes (person_hash, at) WHERE person_hash IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_person ON audit (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX asked_person ON asked (person_id, id);
CREATE INDEX asked_parent ON asked (parent_picture_id) WHERE parent_picture_id IS NOT NULL;
CREATE INDEX reports_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_open ON reports (id) WHERE state = 'open';
CREATE INDEX loras_sha256 ON loras (sha256);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('reports',1);
INSERT INTO "sqlite_sequence" VALUES('jobs',12);
INSERT INTO "sqlite_sequence" VALUES('pictures',7);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
INSERT INTO "sqlite_sequence" VALUES('loras',1);
INSERT INTO "sqlite_sequence" VALUES('asked',1);
COMMIT;
