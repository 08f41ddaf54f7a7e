// One process for each host of the test's network: it listens on every port of the flow table, and asks other hosts
// whether theirs can be reached. The arguments are what to listen on (`tcp:22`, `udp:8472`, `ipip`, `esp`); each line of
// input is a batch of probes, each line of output its answers. Pings are answered by the kernel.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type probe struct {
	Dst      string `json:"dst"`
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
}

type batch struct {
	TimeoutMs int     `json:"timeoutMs"`
	Probes    []probe `json:"probes"`
}

const atOnce = 256

func main() {
	for _, service := range os.Args[1:] {
		protocol, port, _ := strings.Cut(service, ":")
		for _, family := range []string{"4", "6"} {
			if err := listen(protocol, family, port); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
				fmt.Fprintln(os.Stderr, service, err)
				os.Exit(1)
			}
		}
	}
	raw := map[string]*rawSocket{}
	for _, name := range []string{"icmp", "ipip", "esp"} {
		for _, family := range []string{"4", "6"} {
			socket, err := openRaw(name, family)
			if err != nil {
				fmt.Fprintln(os.Stderr, name, err)
				os.Exit(1)
			}
			raw[name+family] = socket
		}
	}
	output := json.NewEncoder(os.Stdout)
	_ = output.Encode("ready")
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	for input.Scan() {
		var asked batch
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		_ = output.Encode(ask(asked, raw))
	}
}

func ask(asked batch, raw map[string]*rawSocket) []bool {
	open := make([]bool, len(asked.Probes))
	places := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, each := range asked.Probes {
		places <- struct{}{}
		all.Go(func() {
			open[i] = reaches(each, time.Duration(asked.TimeoutMs)*time.Millisecond, raw)
			<-places
		})
	}
	all.Wait()
	return open
}

func reaches(p probe, timeout time.Duration, raw map[string]*rawSocket) bool {
	address := net.JoinHostPort(p.Dst, strconv.Itoa(p.Port))
	switch p.Protocol {
	case "tcp":
		connection, err := net.DialTimeout("tcp", address, timeout)
		if err != nil {
			// Nobody listens, but the packet arrived.
			return errors.Is(err, syscall.ECONNREFUSED)
		}
		// No FIN has to be waited for.
		_ = connection.(*net.TCPConn).SetLinger(0)
		_ = connection.Close()
		return true
	case "udp":
		connection, err := net.Dial("udp", address)
		if err != nil {
			return false
		}
		defer connection.Close()
		_ = connection.SetDeadline(time.Now().Add(timeout))
		if _, err := connection.Write([]byte("?")); err != nil {
			return false
		}
		_, err = connection.Read(make([]byte, 1))
		return err == nil || errors.Is(err, syscall.ECONNREFUSED)
	default:
		family := "4"
		if strings.Contains(p.Dst, ":") {
			family = "6"
		}
		return raw[p.Protocol+family].ask(p.Dst, timeout)
	}
}

func listen(protocol, family, port string) error {
	switch protocol {
	case "tcp":
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp"+family, ":"+port)
		if err != nil {
			return err
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				_ = connection.Close()
			}
		}()
	case "udp":
		socket, err := net.ListenPacket("udp"+family, ":"+port)
		if err != nil {
			return err
		}
		go func() {
			buffer := make([]byte, 16)
			for {
				n, from, err := socket.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = socket.WriteTo(buffer[:n], from)
			}
		}()
	default:
		return fmt.Errorf("unknown protocol %q", protocol)
	}
	return nil
}

// A protocol without ports: questions are told from answers by their first byte (in ICMP by its type), and answers from
// one another by a number.
type rawSocket struct {
	connection       net.PacketConn
	question, answer byte
	icmp             bool
	next             atomic.Uint32
	waiting          sync.Map
}

var numbers = map[string]string{"icmp4": "icmp", "icmp6": "ipv6-icmp", "ipip4": "4", "ipip6": "4", "esp4": "50", "esp6": "50"}

func openRaw(name, family string) (*rawSocket, error) {
	connection, err := net.ListenPacket("ip"+family+":"+numbers[name+family], "")
	if err != nil {
		return nil, err
	}
	s := &rawSocket{connection: connection, question: 'q', answer: 'a'}
	switch name + family {
	case "icmp4":
		s.question, s.answer, s.icmp = 8, 0, true
	case "icmp6":
		s.question, s.answer, s.icmp = 128, 129, true
	}
	go s.serve()
	return s, nil
}

func (s *rawSocket) serve() {
	buffer := make([]byte, 2048)
	for {
		n, from, err := s.connection.ReadFrom(buffer)
		if err != nil {
			return
		}
		if n < 8 {
			continue
		}
		switch buffer[0] {
		case s.answer:
			if answered, waits := s.waiting.LoadAndDelete(binary.BigEndian.Uint32(buffer[4:8])); waits {
				close(answered.(chan struct{}))
			}
		case s.question:
			if !s.icmp {
				_, _ = s.connection.WriteTo(message(s.answer, binary.BigEndian.Uint32(buffer[4:8])), from)
			}
		}
	}
}

func (s *rawSocket) ask(dst string, timeout time.Duration) bool {
	// The upper half is ICMP's identifier, by which the kernel knows a conversation: each question is one of its own.
	number := s.next.Add(1)<<16 | uint32(os.Getpid())&0xffff
	answered := make(chan struct{})
	s.waiting.Store(number, answered)
	defer s.waiting.Delete(number)
	if _, err := s.connection.WriteTo(message(s.question, number), &net.IPAddr{IP: net.ParseIP(dst)}); err != nil {
		return false
	}
	select {
	case <-answered:
		return true
	case <-time.After(timeout):
		return false
	}
}

func message(kind byte, number uint32) []byte {
	text := make([]byte, 8)
	text[0] = kind
	binary.BigEndian.PutUint32(text[4:], number)
	// The internet checksum; for ICMPv6 the kernel writes its own.
	sum := uint32(0)
	for i := 0; i < len(text); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(text[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(text[2:], ^uint16(sum))
	return text
}
