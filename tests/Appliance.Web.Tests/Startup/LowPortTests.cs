using System.Net;
using System.Net.Sockets;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Startup;

public sealed class LowPortTests
{
    // The system's refusal has no address in it.
    [Theory]
    [InlineData(8080, 443, 443, "APPLIANCE_HTTPS_PORT")]
    [InlineData(0, 443, 443, "APPLIANCE_HTTPS_PORT")]
    [InlineData(80, 8443, 80, "APPLIANCE_HTTP_PORT")]
    [InlineData(80, 443, 80, "APPLIANCE_HTTP_PORT")]
    public async Task Start_LowPortWithoutTheRight_NamesThePortThatIsLow(int http, int https, int named, string setting)
    {
        var start = () =>
            Listeners.StartAsync(
                _ => throw new SocketException((int)SocketError.AccessDenied),
                IPAddress.Any,
                http,
                "APPLIANCE_BIND",
                "APPLIANCE_HTTP_PORT",
                CancellationToken.None,
                (https, "APPLIANCE_HTTPS_PORT")
            );
        var sentence = (await start.ShouldThrowAsync<StartException>()).Message;
        sentence.ShouldStartWith($"Port {named} on 0.0.0.0 is not allowed to this user");
        sentence.ShouldContain($"set {setting} to");
    }
}
