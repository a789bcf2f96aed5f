using Appliance.Data.Certificates;
using Appliance.Proxy;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Everything that orders certificates, for the host that has the data and the console.</summary>
internal static class AcmeSetup
{
    /// <summary><paramref name="lego"/> is the program's name or path; it works under <paramref name="place"/>.</summary>
    public static IServiceCollection AddAcme(this IServiceCollection services, string lego, ProxyHost proxy, string place) =>
        services
            .AddSingleton(new LegoProgram(lego, Environment.GetEnvironmentVariable))
            .AddSingleton(provider => new RunFolders(place, provider.GetRequiredService<ILogger<RunFolders>>()))
            .AddSingleton(provider => new LastRuns(place, provider.GetRequiredService<ILogger<LastRuns>>()))
            .AddSingleton(provider => new UnstoredCertificates(
                place,
                provider.GetRequiredService<CertificateStore>().Orders,
                provider.GetRequiredService<ILogger<UnstoredCertificates>>()
            ))
            .AddSingleton(proxy.Challenges)
            .AddSingleton(proxy.Destinations)
            .AddSingleton(provider => new NameCheck(proxy.Challenges, proxy.Destinations))
            .AddSingleton<AcmeProgress>()
            .AddSingleton<AcmeIssuer>()
            .AddSingleton<DnsProviders>()
            .AddSingleton<FaultWaits>()
            .AddSingleton<CertificateDelivery>()
            .AddSingleton<OrderAttempts>()
            .AddHostedService<AcmeRenewal>();
}
