using Appliance.Proxy.Certificates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.Certificates;

internal static class Shelves
{
    public static CertificateShelf Of(string? folder, ICertificateSource? held = null, TimeProvider? time = null) =>
        new(
            new(folder, time ?? TimeProvider.System, NullLogger<CertificateFolder>.Instance),
            held,
            isServed: true,
            time ?? TimeProvider.System,
            NullLogger<CertificateShelf>.Instance
        );
}
