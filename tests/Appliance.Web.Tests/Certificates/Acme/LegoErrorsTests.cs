using System.Collections.Immutable;
using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>
/// What lego 4.9 prints at the end of runs that failed, and what people read instead. The first part of each was printed by lego; what an
/// authority says in it is pebble's or Let's Encrypt's.
/// </summary>
public sealed class LegoErrorsTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 26, 0, 10, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(
        "connection :: Get \"http://c.example.com:25002/.well-known/acme-challenge/IYMZ\": dial tcp 127.0.0.1:25002: connect: connection refused",
        AcmeTrouble.Connection,
        "could not connect to c.example.com",
        "Port 80 of c.example.com must lead to this proxy"
    )]
    [InlineData(
        "connection :: 192.0.2.7: Fetching http://c.example.com/.well-known/acme-challenge/IYMZ: Timeout during connect (likely firewall problem)",
        AcmeTrouble.Connection,
        "could not connect to c.example.com",
        "firewall"
    )]
    [InlineData(
        "connection :: Get \"http://c.example.com:25002/.well-known/acme-challenge/SGcb\": could not resolve URL \"http://c.example.com:25002/\"",
        AcmeTrouble.NoRecord,
        "found no address for c.example.com",
        "Add an A or AAAA record"
    )]
    [InlineData(
        "dns :: DNS problem: NXDOMAIN looking up A for c.example.com - check that a DNS record exists for this domain",
        AcmeTrouble.NoRecord,
        "found no address for c.example.com",
        "Add an A or AAAA record"
    )]
    [InlineData(
        "unauthorized :: Non-200 status code from HTTP: http://c.example.com:25002/.well-known/acme-challenge/U-JlP returned 404",
        AcmeTrouble.WrongAnswer,
        "Something else than this proxy answers at http://c.example.com/.well-known/acme-challenge/",
        "AAAA record"
    )]
    [InlineData(
        "unauthorized :: 192.0.2.7: Invalid response from http://c.example.com/.well-known/acme-challenge/U-JlP: 404",
        AcmeTrouble.WrongAnswer,
        "Something else than this proxy answers",
        "redirect"
    )]
    [InlineData(
        "caa :: CAA record for c.example.com prevents issuance",
        AcmeTrouble.Caa,
        "CAA records in DNS do not allow this authority to issue for c.example.com",
        "letsencrypt.org"
    )]
    [InlineData(
        "rejectedIdentifier :: Domain name contains an invalid character",
        AcmeTrouble.NameRefused,
        "issues no certificate for c.example.com",
        "authority of your own"
    )]
    public void Read_ProblemOfAName_NamesItAndSaysWhatHelps(string said, AcmeTrouble trouble, string what, string toDo)
    {
        var failure = Read(
            """
            2026/11/26 00:07:27 [INFO] [c.example.com] acme: Trying to solve HTTP-01
            2026/11/26 00:07:34 [INFO] Deactivating auth: https://localhost:24000/authZ/cIqx
            2026/11/26 00:07:34 Could not obtain certificates:
            	error: one or more domains had a problem:
            [c.example.com] acme: error: 400 :: urn:ietf:params:acme:error:
            """ + said
        );

        var problem = failure.Problems.ShouldHaveSingleItem();
        (problem.Trouble, problem.Name).ShouldBe((trouble, "c.example.com"));
        problem.What.ShouldContain(what);
        problem.ToDo.ShouldContain(toDo);
        problem.Detail.ShouldBe(said[(said.IndexOf("::", StringComparison.Ordinal) + 3)..]);
        failure.NotBefore.ShouldBeNull();
    }

    [Theory]
    [InlineData(
        "[*.example.com] acme: error: 403 :: urn:ietf:params:acme:error:unauthorized :: No TXT records found for DNS challenge",
        AcmeTrouble.WrongAnswer,
        "did not find our TXT record",
        "_acme-challenge.example.com"
    )]
    [InlineData(
        "[*.example.com] acme: error: 400 :: urn:ietf:params:acme:error:dns :: DNS problem: NXDOMAIN looking up TXT for _acme-challenge.example.com",
        AcmeTrouble.NoRecord,
        "found no TXT record for *.example.com",
        "_acme-challenge.example.com"
    )]
    [InlineData(
        "[*.example.com] [*.example.com] acme: error presenting token: httpreq: 401: request failed: wrong password",
        AcmeTrouble.ProviderSettings,
        "The provider HTTP request refused the credentials.",
        "Enter them again"
    )]
    [InlineData(
        "[*.example.com] [*.example.com] acme: error presenting token: httpreq: Post \"http://127.0.0.1:9/present\": dial tcp 127.0.0.1:9: connect: connection refused",
        AcmeTrouble.Provider,
        "did not write the DNS record",
        "its API can be reached"
    )]
    [InlineData(
        "[*.example.com] [*.example.com] acme: error presenting token: httpreq: failed to determine hosted zone ID: could not find the start of authority for _acme-challenge.example.com.: NXDOMAIN",
        AcmeTrouble.Provider,
        "did not write the DNS record",
        "zone"
    )]
    [InlineData(
        "[*.example.com] time limit exceeded: last error: could not determine the zone: unexpected response code 'NOTIMP' for _acme-challenge.example.com.",
        AcmeTrouble.Propagation,
        "could not be seen in time",
        "skip the check"
    )]
    [InlineData(
        "[*.example.com] [*.example.com] acme: could not determine solvers",
        AcmeTrouble.NameRefused,
        "does not offer this way",
        "DNS alone"
    )]
    public void Read_ProblemWithDns_TellsTheProviderFromTheAuthority(string said, AcmeTrouble trouble, string what, string toDo)
    {
        var problem = Read(
            "2026/11/26 00:08:20 Could not obtain certificates:\n\terror: one or more domains had a problem:\n" + said,
            Dns()
        )
            .Problems.ShouldHaveSingleItem();
        (problem.Trouble, problem.Name).ShouldBe((trouble, "*.example.com"));
        problem.What.ShouldContain(what);
        problem.ToDo.ShouldContain(toDo);
    }

    [Theory]
    [InlineData(
        "2026/11/26 00:07:47 Could not create client: get directory at 'https://ca.example.com/dir': Get \"https://ca.example.com/dir\": dial tcp 127.0.0.1:24001: connect: connection refused",
        AcmeTrouble.AuthorityAway,
        "dial tcp 127.0.0.1:24001"
    )]
    [InlineData(
        "2026/11/26 00:07:47 Could not create client: get directory at 'https://ca.example.com/dir': Get \"https://ca.example.com/dir\": dial tcp: lookup ca.example.com on 10.0.0.53:53: no such host",
        AcmeTrouble.AuthorityAway,
        "no such host"
    )]
    [InlineData(
        "2026/11/26 00:07:47 Could not create client: get directory at 'https://ca.example.com/dir': 404 ::GET :: https://ca.example.com/dir :: invalid character 'p' after top-level value :: 404 page not found",
        AcmeTrouble.NoDirectory,
        "404 page not found"
    )]
    [InlineData(
        "2026/11/26 00:07:47 Could not create client: get directory at 'https://ca.example.com/dir': Get \"https://ca.example.com/dir\": x509: certificate signed by unknown authority",
        AcmeTrouble.AuthorityUntrusted,
        "x509: certificate signed by unknown authority"
    )]
    [InlineData(
        "2026/11/26 00:09:57 Server requires External Account Binding. Use --eab with --kid and --hmac.",
        AcmeTrouble.Binding,
        "--kid"
    )]
    [InlineData(
        "2026/11/26 00:09:59 Could not complete registration\n\tacme: error: 403 :: POST :: https://ca.example.com/new :: urn:ietf:params:acme:error:unauthorized :: the field 'kid' references a key that is not known to the ACME server",
        AcmeTrouble.Binding,
        "the field 'kid'"
    )]
    [InlineData(
        "2026/11/26 00:09:59 Could not complete registration\n\tacme: error: 403 :: POST :: https://ca.example.com/new :: urn:ietf:params:acme:error:unauthorized :: external account binding JWS verification error: square/go-jose: error in cryptographic primitive",
        AcmeTrouble.Binding,
        "cryptographic primitive"
    )]
    [InlineData(
        "2026/11/26 00:09:59 Could not complete registration\n\tacme: could not decode hmac key: illegal base64 data at input byte 3",
        AcmeTrouble.Binding,
        "illegal base64"
    )]
    [InlineData(
        "2026/11/26 00:10:19 Could not complete registration\n\tacme: error: 400 :: POST :: https://ca.example.com/new :: urn:ietf:params:acme:error:invalidContact :: contact email \"nonsense\" is invalid",
        AcmeTrouble.Account,
        "contact email"
    )]
    [InlineData(
        "2026/11/26 00:10:21 Could not obtain certificates:\n\tacme: error: 400 :: POST :: https://ca.example.com/order :: urn:ietf:params:acme:error:accountDoesNotExist :: Account https://ca.example.com/2acb not found.",
        AcmeTrouble.AccountGone,
        "not found"
    )]
    [InlineData(
        "2026/11/26 00:10:16 Could not obtain certificates:\n\tacme: error: 400 :: POST :: https://ca.example.com/order :: urn:ietf:params:acme:error:rejectedIdentifier :: Order included an identifier for which issuance is forbidden by policy: \"x.blocked.example\"",
        AcmeTrouble.NameRefused,
        "x.blocked.example"
    )]
    [InlineData(
        "2026/11/26 00:10:16 Could not obtain certificates:\n\tacme: error: 400 :: POST :: https://ca.example.com/order :: urn:ietf:params:acme:error:badNonce :: JWS has an invalid anti-replay nonce: abc",
        AcmeTrouble.AuthorityFailed,
        "anti-replay nonce"
    )]
    [InlineData(
        "2026/11/26 00:10:30 Could not obtain certificates:\n\tacme: error: 500 :: POST :: https://ca.example.com/order :: urn:ietf:params:acme:error:serverInternal :: Error creating new order",
        AcmeTrouble.AuthorityFailed,
        "Error creating new order"
    )]
    [InlineData("2026/11/26 00:07:47 unrecognized DNS provider: cloudflare", AcmeTrouble.NoProvider, "cloudflare")]
    [InlineData(
        "2026/11/26 00:08:19 ovh: some credentials information are missing: OVH_ENDPOINT,OVH_APPLICATION_KEY",
        AcmeTrouble.ProviderSettings,
        "OVH_ENDPOINT"
    )]
    [InlineData("something that nobody has seen before", AcmeTrouble.Unknown, "nobody has seen")]
    [InlineData("", AcmeTrouble.Unknown, "")]
    public void Read_ProblemOfTheWholeOrder_IsNobodysName(string said, AcmeTrouble trouble, string detail)
    {
        var problem = Read("2026/11/26 00:09:57 [INFO] acme: Registering account for me@example.com\n" + said, Dns())
            .Problems.ShouldHaveSingleItem();
        (problem.Trouble, problem.Name).ShouldBe((trouble, null));
        problem.Detail.ShouldNotBeNull().ShouldContain(detail);
        problem.What.ShouldEndWith(".");
        problem.ToDo.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(
        "too many failed authorizations (5) for \"c.example.com\" in the last 1h0m0s, retry after 2026-11-26 01:18:15 UTC: see https://letsencrypt.org/docs/rate-limits/",
        "2026-11-26T01:18:15Z"
    )]
    [InlineData("too many certificates already issued, retry after 2026-11-30T10:00:00Z", "2026-11-30T10:00:00Z")]
    [InlineData("too many new orders recently", "2026-11-26T01:10:00Z")]
    [InlineData("retry after 2099-01-01 00:00:00 UTC", "2026-12-04T00:10:00Z")]
    [InlineData("retry after 2020-01-01 00:00:00 UTC", "2026-11-26T01:10:00Z")]
    public void Read_RateLimited_WaitsAsLongAsTheAuthoritySays(string detail, string notBefore)
    {
        var failure = Read(
            $"2026/11/26 00:10:22 Could not obtain certificates:\n\tacme: error: 429 :: POST :: https://ca.example.com/order :: urn:ietf:params:acme:error:rateLimited :: {detail}"
        );
        failure.Problems.ShouldHaveSingleItem().Trouble.ShouldBe(AcmeTrouble.RateLimited);
        failure.NotBefore.ShouldBe(DateTimeOffset.Parse(notBefore));
    }

    private static AcmeFailure Read(string said, ChallengeWay? way = null) =>
        LegoErrors.Read(
            said.Replace("acme:error:\n", "acme:error:", StringComparison.Ordinal).Split('\n'),
            new()
            {
                Names = ["c.example.com", "*.example.com"],
                Directory = new("https://ca.example.com/dir"),
                Email = "me@example.com",
                Way = way ?? new ChallengeWay.Http(),
            },
            _now
        );

    private static ChallengeWay.Dns Dns() =>
        new("httpreq", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty, [], false);
}
