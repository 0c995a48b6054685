-- TCP echo server on port 6666: three clients at once.
-- Written by a teaching assistant who knows C and the course, not Lua. Everything here
-- is a form to fill in; the one function could be copied from the manual.
--
--   synfin grade --lint rubric.lua                       before anybody hands in
--   synfin grade rubric.lua good.pcap                    the model answer must get 10 of 10
--   synfin grade rubric.lua submissions/* -j 2 -o out    Sunday night
--   synfin grade --collect out > marks.csv

rubric {
  synfin = 1,                                  -- version of the rubric language
  title  = "Echo server on port 6666",
  submission = {                               -- what a student's folder holds
    capture = "*.pcap*",                       -- exactly one must match; else: what to do, in words
    answers = "answers.txt",                   -- optional
    program = "server",                        -- optional: then it is run in the lab, as below, and captured
  },
  lab = { scenario = "many-clients", port = 6666, clients = 3, overlap = true, seed = "student" },
}

local echo = tcp { server = { port = 6666 } }  -- a selection; names are those of `synfin report`

check {
  id = "answers", points = 1, title = "Your server answers on port 6666",
  count = echo { handshake = "complete" }, at_least = 1,
  hint  = "Refused? Is it running, on 6666 (htons!), on 0.0.0.0 rather than 127.0.0.1? " ..
          "No frames at all? Wrong interface.",
}

check {
  id = "three", points = 1, title = "Three clients are served", needs = "answers",
  count = echo { handshake = "complete" }, at_least = 3,
  hint  = "After the first client, does your server go back to accept()?",
}

check {
  id = "at-once", points = 2, title = "All three are open, and answered, at the same time", needs = "three",
  at_once = echo { answered = true }, at_least = 3,      -- answered: the server sent payload while the others were open
  hint  = "The kernel finishes a handshake without you. A client that is connected but not answered waits in the " ..
          "accept queue.",
  note  = "An iterative server gets `three` but not this one.",          -- for the instructor only
}

check {
  id = "exact", points = 3, title = "Every byte comes back, exactly", needs = "answers",
  each = echo { handshake = "complete" }, partial = true,                -- 3 points shared among the connections
  verify = function(c)
    if not c.stream.client.whole or not c.stream.server.whole then
      return undecidable("the capture lacks part of this conversation", c.stream.missing)
    end
    local at = c.stream.client:first_difference(c.stream.server)
    if at then
      return fail("byte %d: sent %s, came back %s", at, c.stream.client:show(at), c.stream.server:show(at))
    end
    return pass(c.frame.last_data)             -- the frame(s) it rests on
  end,
  hint = "send() may take fewer bytes than you give it, and one recv() is not one message.",
}

check {
  id = "close", points = 2, title = "The client closes first, the server answers with its own close", needs = "answers",
  all   = echo, have = { ending = "closed", closed_by = "client" }, partial = true,
  hint  = "recv() returned 0: the client is done. Did you close() the socket that accept() gave you?",
  note  = "CLOSE-WAIT at the end = no close(). A capture stopped too early comes out undecidable, not wrong.",
}

check {
  id = "no-reset", points = 1, title = "Nobody is cut off", needs = "answers",
  none  = echo { ending = "reset" },
  hint  = "RST after your close(): there was still data that you had not read.",
}

-- One question of the answer sheet; the right answer comes from this student's own capture.
question {
  id = "q1", points = 1, type = "port",
  ask = "Which port of the client belongs to the connection that was closed first?",
  answer = function()
    local c = echo { closed_by = "client", frame = { first_fin = known },      -- says: what she reads where there is none
                     says = "connections to port 6666 that a FIN of the client closed" }:earliest("time.first_fin")
    return c.client.port, c.frame.first_fin, "its FIN is the first one"
  end,
  wrong = {                                    -- mistakes worth a sentence of their own
    { 6666, "That is the server's port: all three connections share it." },
    { function() return echo:earliest("time.first").client.port end, "That one was opened first." },
  },
  hint = "The first FIN that a client sends: its source port.",
}
