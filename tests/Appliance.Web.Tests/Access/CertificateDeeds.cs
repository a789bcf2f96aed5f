using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;

namespace Appliance.Web.Tests.Access;

/// <summary>What somebody can do to a certificate that the product holds.</summary>
internal sealed record CertificateDeeds(CertificateStore Store)
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private static readonly AcmeOrder _order = new() { DirectoryUrl = AcmeOrder.KnownDirectories[0] };

    /// <summary>True when the deed was let through.</summary>
    public async Task<bool> DoAsync(string deed, Actor actor, string host)
    {
        var boss = Actor.Local("test");
        var name = Guid.NewGuid().ToString("N")[..12];
        var ordered = deed is "CertificateStore.ChangeOrderAsync" or "CertificateStore.RenewAsync";
        var there = ordered
            ? await Store.OrderAsync(name, [host], _order, AcmeSecrets.None, boss, _none)
            : await Store.AddAsync(name, CertificateKind.Uploaded, Material(host), boss, _none);
        var row = there.ShouldBeOfType<CertificateResult.Done>().Row;
        var opened = await Door.OpensAsync(async () =>
            deed switch
            {
                "CertificateStore.AddAsync" => await Store.AddAsync(name + "2", CertificateKind.Uploaded, Material(host), actor, _none),
                "CertificateStore.ReplaceAsync" => await Store.ReplaceAsync(row.Id, row.Version, Material(host), actor, _none),
                "CertificateStore.DeleteAsync" => await Store.DeleteAsync(row.Id, row.Version, actor, _none),
                "CertificateStore.MarkDefaultAsync" => await Store.MarkDefaultAsync(row.Id, true, actor, _none),
                "CertificateStore.OrderAsync" => await Store.OrderAsync(name + "2", [host], _order, AcmeSecrets.None, actor, _none),
                "CertificateStore.ChangeOrderAsync" => await Store.ChangeOrderAsync(
                    row.Id,
                    row.Version,
                    [host],
                    _order,
                    null,
                    actor,
                    _none
                ),
                "CertificateStore.RenewAsync" => await Store.RenewAsync(row.Id, actor, _none),
                _ => throw new ArgumentOutOfRangeException(nameof(deed), deed, "Listed, but nobody knows how to do it."),
            }
        );
        var after = await Store.FindAsync(row.Id, _none);
        if (!opened)
            after.ShouldNotBeNull().Version.ShouldBe(row.Version);
        return opened;
    }

    private static CertificateMaterial Material(string host)
    {
        var (chain, key, _) = Issue.Pem([host]);
        return CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
    }
}
