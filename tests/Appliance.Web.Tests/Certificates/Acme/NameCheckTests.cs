using System.Net;
using Appliance.Data.Rights;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>A name is asked as an authority would; localhost stands for one that leads here.</summary>
public sealed class NameCheckTests
{
    private static readonly Destinations _loopback = new([new(IPAddress.Loopback, 8), new(IPAddress.IPv6Loopback, 128)]);

    [Fact]
    public async Task Ask_LeadsHere_IsWellWhateverTheRoutesSay()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Path = "/",
                        Action = new RouteAction.Redirect { Status = 301, Location = "https://localhost:1/" },
                    },
                ],
            }
        );
        using var check = new NameCheck(proxy.Host.Challenges, Destinations.Any, proxy.Port);
        (await check.AskAsync("localhost", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Ask_SomethingElseAnswersOrNothing_SaysWhich()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        await using var other = await ProxyUnderTest.StartAsync(new());
        using var wrong = new NameCheck(proxy.Host.Challenges, Destinations.Any, other.Port);
        (await wrong.AskAsync("localhost", default)).ShouldNotBeNull().ShouldContain("something else than this proxy");
        using var nobody = new NameCheck(proxy.Host.Challenges, Destinations.Any, FreePorts.Next());
        (await nobody.AskAsync("localhost", default))
            .ShouldNotBeNull()
            .ShouldStartWith("Port 80 of localhost cannot be reached from here.");
        (await nobody.AskAsync("not-there.invalid", default)).ShouldNotBeNull().ShouldStartWith("not-there.invalid has no address.");
    }

    [Fact]
    public async Task Ask_DeniedNetworkOrARedirectToAnotherPort_IsNotAsked()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(new());
        using var denied = new NameCheck(proxy.Host.Challenges, _loopback, proxy.Port);
        (await denied.AskAsync("localhost", default)).ShouldNotBeNull().ShouldContain("cannot be reached from here");

        await using var elsewhere = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Path = "/",
                        Action = new RouteAction.Redirect { Status = 302, Location = $"http://localhost:{proxy.Port}$request_uri" },
                    },
                ],
            }
        );
        using var check = new NameCheck(proxy.Host.Challenges, Destinations.Any, elsewhere.Port);
        (await check.AskAsync("localhost", default)).ShouldNotBeNull().ShouldContain("something else");
    }

    [Fact]
    public async Task Directory_OfAnAuthority_TellsItsTermsOrWhatIsWrong()
    {
        await using var pebble = await PebbleAuthority.StartAsync(
            new(1) { Binding = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W") }
        );
        (await AuthorityDirectory.AskAsync(pebble.Directory, pebble.TrustedRoots, Destinations.Any, default)).Facts.ShouldBe(
            new("data:text/plain,Do%20what%20thou%20wilt", true)
        );
        (await AuthorityDirectory.AskAsync(pebble.Directory, null, Destinations.Any, default))
            .Problem.ShouldNotBeNull()
            .ShouldContain("is not trusted");
        (await AuthorityDirectory.AskAsync(new(pebble.Directory, "/nothing"), pebble.TrustedRoots, Destinations.Any, default))
            .Problem.ShouldNotBeNull()
            .ShouldContain("status 404");
        (
            await AuthorityDirectory.AskAsync(
                pebble.Directory,
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                Destinations.Any,
                default
            )
        ).Problem.ShouldNotBeNull();
        (await AuthorityDirectory.AskAsync(pebble.Directory, pebble.TrustedRoots, _loopback, default))
            .Problem.ShouldNotBeNull()
            .ShouldContain("cannot be reached");
        await pebble.StopAuthorityAsync();
        (await AuthorityDirectory.AskAsync(pebble.Directory, pebble.TrustedRoots, Destinations.Any, default))
            .Problem.ShouldNotBeNull()
            .ShouldContain("cannot be reached");
    }

    [Theory]
    [InlineData("{\"newOrder\":\"x\"}", null)]
    [InlineData("{\"newOrder\":\"x\",\"meta\":{\"termsOfService\":\"\\ud800\"}}", "no ACME directory")]
    [InlineData("[", "no ACME directory")]
    [InlineData("[]", "no ACME directory")]
    public async Task Directory_AnyAnswer_IsReadOrToldAndNeverThrows(string body, string? problem)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Path = "/",
                        Action = new RouteAction.Respond
                        {
                            Status = 200,
                            ContentType = "application/json; charset=no-such",
                            Body = body,
                        },
                    },
                ],
            }
        );
        var (facts, said) = await AuthorityDirectory.AskAsync(new($"http://localhost:{proxy.Port}/"), null, Destinations.Any, default);
        (facts is null).ShouldBe(problem is not null);
        (said ?? "").ShouldContain(problem ?? "");
        await using var asking = await ProxyUnderTest.StartAsync(new());
        using var check = new NameCheck(asking.Host.Challenges, Destinations.Any, proxy.Port);
        (await check.AskAsync("localhost", default)).ShouldNotBeNull().ShouldContain("something else");
    }

    [Theory]
    [InlineData(Role.Viewer, false, false)]
    [InlineData(Role.Operator, true, false)]
    [InlineData(Role.Administrator, true, true)]
    public void Directory_WhoMayAsk_IsWhoMayOrderThere(Role role, bool listed, bool other)
    {
        var grant = new Grant(role, AccessScope.Everything);
        (AuthorityDirectory.Refusal(grant, CertificateAuthority.All[0].Directory!) is null).ShouldBe(listed);
        (AuthorityDirectory.Refusal(grant, new("https://169.254.169.254/directory")) is null).ShouldBe(other);
    }
}
