using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;

namespace Appliance.Web.Tests.Access;

/// <summary>What somebody can do to a certificate that the product holds.</summary>
internal sealed record CertificateDeeds(CertificateStore Store)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly AcmeOrder Order = new() { DirectoryUrl = AcmeOrder.KnownDirectories[0] };

    /// <summary>True when the deed was let through.</summary>
    public async Task<bool> DoAsync(string deed, Actor actor, string host)
    {
        var boss = Actor.Local("test");
        var name = Guid.NewGuid().ToString("N")[..12];
        var ordered = deed is "CertificateStore.ChangeOrderAsync" or "CertificateStore.RenewAsync";
        var there = ordered ? await Store.OrderAsync(name, [host], Order, AcmeSecrets.None, boss, None) : await Store.AddAsync(name, CertificateKind.Uploaded, Material(host), boss, None);
        var row = there.ShouldBeOfType<CertificateResult.Done>().Row;
        var opened = await Door.OpensAsync(async () => deed switch
        {
            "CertificateStore.AddAsync" => await Store.AddAsync(name + "2", CertificateKind.Uploaded, Material(host), actor, None),
            "CertificateStore.ReplaceAsync" => await Store.ReplaceAsync(row.Id, row.Version, Material(host), actor, None),
            "CertificateStore.DeleteAsync" => await Store.DeleteAsync(row.Id, row.Version, actor, None),
            "CertificateStore.MarkDefaultAsync" => await Store.MarkDefaultAsync(row.Id, true, actor, None),
            "CertificateStore.OrderAsync" => await Store.OrderAsync(name + "2", [host], Order, AcmeSecrets.None, actor, None),
            "CertificateStore.ChangeOrderAsync" => await Store.ChangeOrderAsync(row.Id, row.Version, [host], Order, null, actor, None),
            "CertificateStore.RenewAsync" => await Store.RenewAsync(row.Id, actor, None),
            _ => throw new ArgumentOutOfRangeException(nameof(deed), deed, "Listed, but nobody knows how to do it."),
        });
        var after = await Store.FindAsync(row.Id, None);
        if (!opened)
            after.ShouldNotBeNull().Version.ShouldBe(row.Version);
        return opened;
    }

    private static CertificateMaterial Material(string host)
    {
        var (chain, key, _) = Issue.Pem([host]);
        return CertificateMaterial.Of(CertificateParsing.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
    }
}
