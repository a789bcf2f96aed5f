using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.TlsPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>
/// A proxy with one certificate for every name, and a page that says who got in: <c>mtls.example.com</c> and <c>*.below.example.com</c> ask
/// for certificates, <c>open.example.com</c> does not. Whoever reads "reached" was let through.
/// </summary>
internal sealed class PolicyBed : IAsyncDisposable
{
    private readonly Issued _issued = new();

    private PolicyBed() { }

    public ClientAuthority Ours { get; } = new("CN=Our clients");

    public ClientAuthority Theirs { get; } = new("CN=Their clients");

    public ProxyUnderTest Proxy { get; private set; } = null!; // set before anybody gets a bed

    public static async Task<PolicyBed> StartAsync(
        Func<PolicyBed, ImmutableArray<TlsPolicy>> policies,
        Func<ProxyConfig, ProxyConfig>? config = null,
        ProxyOptions? options = null
    )
    {
        var bed = new PolicyBed();
        bed._issued.Write(
            "all",
            ["mtls.example.com", "open.example.com", "other.example.com", "*.below.example.com", "xn--bcher-kva.example.com"]
        );
        var plain = new ProxyConfig
        {
            Routes =
            [
                new()
                {
                    Name = "all",
                    Action = new RouteAction.Respond { Body = "reached $host verify=$ssl_client_verify dn=$ssl_client_s_dn" },
                },
            ],
            TlsPolicies = policies(bed),
        };
        var whole = config is null ? plain : config(plain);
        new ConfigValidator().Check(ProxyConfig.Empty, whole).Errors.ShouldBeEmpty();
        bed.Proxy = await ProxyUnderTest.StartAsync(whole, (options ?? new()) with { HttpsPort = 0, Certificates = bed._issued.Folder });
        return bed;
    }

    /// <summary>With the policies of the summary.</summary>
    public static Task<PolicyBed> UsualAsync(ClientVerify verify = ClientVerify.On, int depth = 1) =>
        StartAsync(bed => [bed.Mtls(verify, depth)]);

    public TlsPolicy Mtls(ClientVerify verify = ClientVerify.On, int depth = 1) =>
        new()
        {
            Name = "mtls",
            Hosts = ["mtls.example.com", "*.below.example.com"],
            ClientCertificates = new()
            {
                Verify = verify,
                Trusted = Ours.Pem,
                Depth = depth,
            },
        };

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        _issued.Dispose();
    }
}
